using System.Text.Json;

namespace GpuPerceptron.Bench.Gpu;

/// <summary>PyTorch's pass, through torch_pass.py.</summary>
/// <param name="Features">M.</param>
/// <param name="Samples">N.</param>
/// <param name="Storage">float32 or float16.</param>
/// <param name="PassMs">The median time, by CUDA events on a GPU.</param>
/// <param name="MeanLoss">At the made parameters.</param>
internal sealed record TorchPass(int Features, long Samples, string Storage, double PassMs, double MeanLoss)
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
    /// <returns>Ours, each with PyTorch's time beside it where there is one, and why others have none.</returns>
    public static (List<DevicePass> Passes, string? Missing) Beside(
        IReadOnlyList<DevicePass> passes, string python, string device, int repeats, TimeSpan limit, Action<string> describe)
    {
        string script = Path.Combine(AppContext.BaseDirectory, "torch_pass.py");
        string torchDevice = device.StartsWith("cuda", StringComparison.Ordinal) ? device : "cpu";
        ProgramRun run;
        try
        {
            run = ProgramRun.Of(
                python,
                [script, torchDevice, $"{repeats}", .. passes.Select(pass => $"{pass.Features}:{pass.Samples}:{pass.Storage}")],
                limit);
        }
        catch (PerceptronException exception)
        {
            return ([.. passes], exception.Message);
        }

        string[] lines = run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        if (lines.Length == 0) return ([.. passes], run.Complaint);
        var setup = JsonSerializer.Deserialize<Setup>(lines[0], JsonFormat)!;
        describe($"PyTorch {setup.Version} on {setup.Device}");
        TorchPass[] theirs = [.. lines.Skip(1).Select(line => JsonSerializer.Deserialize<TorchPass>(line, JsonFormat)!)];
        string? missing = run.ExitCode == 0 ? null : run.Complaint;
        var beside = passes.ToList();
        for (int i = 0; i < beside.Count; i++)
        {
            var ours = beside[i];
            var torch = theirs.FirstOrDefault(torch =>
                (torch.Features, torch.Samples, torch.Storage) == (ours.Features, ours.Samples, ours.Storage));
            if (torch is null) continue;
            if (Math.Abs(torch.MeanLoss - ours.MeanLoss) <= LossTolerance * ours.MeanLoss)
                beside[i] = ours with { TorchMs = torch.PassMs, TorchToPass = torch.PassMs / ours.PassMs };
            else
                missing = $"at {ours.Features} features in {ours.Storage} its loss is {torch.MeanLoss}, ours {ours.MeanLoss}";
        }

        return (beside, missing);
    }
}
