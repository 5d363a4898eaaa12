using System.Text.Json;

namespace GpuPerceptron.Bench.Gpu;

/// <summary>PyTorch's pass, through torch_pass.py.</summary>
/// <param name="Features">M.</param>
/// <param name="Samples">N.</param>
/// <param name="Storage">float32 or float16.</param>
/// <param name="PassMs">The median time, by CUDA events on a GPU.</param>
/// <param name="MeanLoss">At the made parameters.</param>
/// <param name="Error">Why there is neither.</param>
internal sealed record TorchPass(
    int Features, long Samples, string Storage, double PassMs = 0, double MeanLoss = 0, string? Error = null)
{
    private const double LossTolerance = 1e-3; // float16's logits

    private static readonly JsonSerializerOptions JsonFormat = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    private sealed record Setup(string Version, string Device);

    /// <summary>Runs them in one process.</summary>
    /// <param name="python">The interpreter.</param>
    /// <param name="device">As <c>--device</c> names it. What is no CUDA device is compared with PyTorch on the host.</param>
    /// <param name="passes">Ours.</param>
    /// <param name="repeats">Passes, whose median it is.</param>
    /// <param name="limit">After which the process is ended; what it had measured counts.</param>
    /// <param name="describe">Is told PyTorch's version and device.</param>
    /// <param name="leaveOut">Is told which passes have no time of PyTorch's beside them, and why.</param>
    /// <returns>Ours, each with PyTorch's time beside it where there is one.</returns>
    public static List<DevicePass> Beside(
        IReadOnlyList<DevicePass> passes, string python, string device, int repeats, TimeSpan limit, Action<string> describe,
        Action<string, string> leaveOut)
    {
        string script = Path.Combine(AppContext.BaseDirectory, "torch_pass.py");
        string torchDevice = device.StartsWith("cuda", StringComparison.Ordinal) ? device : "cpu";
        string[] shapes = [.. passes.Select(pass => $"{pass.Features}:{pass.Samples}:{pass.Storage}")];
        var run = ProgramRun.Of(python, [script, torchDevice, $"{repeats}", .. shapes], limit);
        string[] lines = run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        if (lines.Length == 0)
            throw new PerceptronException(Fault.Options, run.Complaint);

        var setup = JsonSerializer.Deserialize<Setup>(lines[0], JsonFormat)!;
        describe($"PyTorch {setup.Version} on {setup.Device}");
        TorchPass[] theirs = [.. lines.Skip(1).Select(line => JsonSerializer.Deserialize<TorchPass>(line, JsonFormat)!)];
        return [.. passes.Select(ours =>
        {
            var torch = theirs.FirstOrDefault(torch =>
                (torch.Features, torch.Samples, torch.Storage) == (ours.Features, ours.Samples, ours.Storage));
            string? error = torch is null ? run.Complaint
                : torch.Error is not null ? torch.Error
                : Math.Abs(torch.MeanLoss - ours.MeanLoss) > LossTolerance * ours.MeanLoss
                    ? $"its loss is {torch.MeanLoss}, ours {ours.MeanLoss}: other samples"
                : null;
            if (error is null)
                return ours with { TorchMs = torch!.PassMs, TorchToPass = torch.PassMs / ours.PassMs };
            leaveOut($"PyTorch's pass over {ours.Features} features in {ours.Storage}", error);
            return ours;
        })];
    }
}
