using System.CommandLine;
using GpuPerceptron.Data;
using GpuPerceptron.Engines;
using GpuPerceptron.Engines.Devices;
using ILGPU.Runtime;
using ILGPU.Runtime.Cuda;

namespace GpuPerceptron.Bench.Gpu;

/// <summary>
/// Passes on a GPU beside its own copy rate and beside PyTorch, and a training from file to model. What cannot be measured
/// is left out and named; what was measured is saved at once, so that a run that is cut off leaves it behind.
/// </summary>
internal sealed class GpuBenchmark
{
    private const int Disagreement = 1;

    /// <summary>What was asked for.</summary>
    private sealed record Request(
        string Device, int[] Widths, double Gigabytes, int Repeats, double CsvMegabytes, string CommandLine, string Python,
        double Seconds, FileInfo? Json);

    private sealed record LeftOut(string What, string Why);

    private readonly Request _request;
    private readonly TimeBudget _budget;
    private readonly List<LeftOut> _leftOut = [];
    private readonly List<FileToModel> _trainings = [];
    private List<DevicePass> _passes = [];
    private string _machine = "";
    private double? _copyRate;

    private GpuBenchmark(Request request)
    {
        _request = request;
        _budget = new TimeBudget(request.Seconds);
    }

    public static Command Command()
    {
        var device = CommonOptions.With("--device", "The device: cuda:0, opencl:0, emulator.", "cuda:0");
        var features = CommonOptions.With("--features", "Widths of X.", "28,100,784,1000,4096");
        var gigabytes = CommonOptions.With("--gigabytes", "Gigabytes of X in float32.", 4.0);
        var repeats = CommonOptions.With("--repeats", "Measurements, whose median each figure is.", 31);
        var csvMegabytes = CommonOptions.With("--csv-megabytes", "Megabytes of CSV to train on, about; 0 for none.", 300.0);
        var commandLine = CommonOptions.With("--command-line", "The program that trains on it.", "gpuperceptron");
        var python = CommonOptions.With("--python", "The interpreter that has PyTorch.", "python3");
        var seconds = CommonOptions.With("--seconds", "After which nothing new is begun, and other programs are ended.", 420.0);
        var json = CommonOptions.Json();
        var command = new Command(
            "gpu", "Passes on a GPU beside its own copy rate and PyTorch's passes, and a training from file to model.")
        {
            device, features, gigabytes, repeats, csvMegabytes, commandLine, python, seconds, json,
        };
        command.SetAction(result => new GpuBenchmark(new Request(
            DeviceRequest.Parse(result.GetRequiredValue(device)).ToString(),
            [.. result.GetRequiredValue(features).Split(',').Select(int.Parse)],
            result.GetValue(gigabytes),
            result.GetValue(repeats),
            result.GetValue(csvMegabytes),
            result.GetRequiredValue(commandLine),
            result.GetRequiredValue(python),
            result.GetValue(seconds),
            result.GetValue(json))).Run());
        return command;
    }

    /// <returns>The exit code: 1 where a pass and the cpu engine's disagree.</returns>
    private int Run()
    {
        MeasurePasses();
        MeasureTorch();
        MeasureTrainings();
        Print();
        return _passes.Any(Disagrees) ? Disagreement : 0;
    }

    private static bool Disagrees(DevicePass pass) => !(pass.DifferenceToCpu <= DevicePass.Tolerance);

    private void MeasurePasses()
    {
        using var device = IlgpuDevice.Open(DeviceRequest.Parse(_request.Device));
        _machine = Machine.Describe(
            [$"{Environment.ProcessorCount} host threads", .. Facts(device), $"medians of {_request.Repeats}"]);
        long bytes = (long)(_request.Gigabytes * 1e9);
        Try("the copy rate", () => _copyRate = DeviceCopy.GigabytesPerSecond(device, bytes / 2, _request.Repeats));
        foreach (int features in _request.Widths)
        {
            Try($"passes over {features} features", () =>
            {
                long samples = Math.Max(1, bytes / (SampleBlock.StrideFor(features) * sizeof(float)));
                using var dataset = MadeSamples.Create(features, samples);
                Measure(device, dataset);
                dataset.Narrow();
                Measure(device, dataset);
            });
        }
    }

    private void Measure(IlgpuDevice device, Dataset dataset)
    {
        _passes.Add(DevicePass.Measure(device, dataset, _copyRate, _request.Repeats));
        Save();
        Console.Error.WriteLine($"{_budget.Used.TotalSeconds,5:F0} s  {Describe(_passes[^1])}");
    }

    private void MeasureTorch() => Try("PyTorch's passes", () => _passes = TorchPass.Beside(
        _passes, _request.Python, _request.Device, _request.Repeats, _budget.Left / 2,
        describe: version => _machine += $", {version}",
        leaveOut: (what, why) => _leftOut.Add(new LeftOut(what, why))));

    private void MeasureTrainings()
    {
        if (_request.CsvMegabytes <= 0) return;
        var folder = Directory.CreateTempSubdirectory("gpuperceptron-bench-");
        try
        {
            string table = Path.Combine(folder.FullName, "made.csv");
            Try("the table to train on", () => FileToModel.MakeTable(table, _request.CsvMegabytes));
            foreach (string device in (string[])[_request.Device, "cpu"])
            {
                Try($"from file to model on {device}", () =>
                    _trainings.Add(FileToModel.Measure(_request.CommandLine, table, device, _budget.Left / 2)));
            }
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    /// <summary>Measures what the budget has time for, and notes what failed.</summary>
    private void Try(string what, Action measure)
    {
        try
        {
            if (_budget.IsSpent)
                _leftOut.Add(new LeftOut(what, $"the {_request.Seconds:F0} s were over"));
            else
                measure();
        }
        catch (Exception exception) when (exception
            is PerceptronException or AcceleratorException or OutOfMemoryException or IOException)
        {
            _leftOut.Add(new LeftOut(what, exception.Message.Split('\n')[0]));
        }

        Save();
    }

    private static IEnumerable<string> Facts(IlgpuDevice device)
    {
        yield return device.Description;
        if (device.Accelerator is not CudaAccelerator cuda) yield break;
        yield return $"{cuda.NumMultiprocessors} multiprocessors";
        yield return $"{cuda.MemorySize / 1e9:F0} GB";
        yield return $"driver for CUDA {cuda.DriverVersion}, {cuda.Architecture}, PTX {cuda.InstructionSet}";
    }

    private void Save() => Figures.Save(_request.Json, new
    {
        Machine = _machine,
        _request.Device,
        _request.Gigabytes,
        _request.Repeats,
        CopyGbPerS = _copyRate,
        Passes = _passes,
        FileToModel = _trainings,
        LeftOut = _leftOut,
        Seconds = _budget.Used.TotalSeconds,
    });

    private void Print()
    {
        Figures.Print(
            $"{_machine}. The device copies its own memory at {_copyRate:F0} GB/s, bytes read and written.",
            [
                "features", "samples", "X in", "GB of X and y", "pass, ms", "GB/s", "share of the copy rate", "PyTorch, ms",
                "PyTorch / pass", "pass over 1,000 rows, ms", "upload, GB/s", "difference to cpu",
            ],
            _passes.Select(pass => (string[])[
                $"{pass.Features:N0}", $"{pass.Samples:N0}", pass.Storage, $"{pass.Gigabytes:G3}", $"{pass.PassMs:F3}",
                $"{pass.GbPerS:F1}",
                $"{pass.ShareOfCopyRate:P0}", $"{pass.TorchMs:F3}", $"{pass.TorchToPass:F2}", $"{pass.FewRowsMs:F3}",
                $"{pass.UploadGbPerS:F1}", $"{pass.DifferenceToCpu:E1}"]));
        if (_trainings.Count > 0)
        {
            Figures.Print(
                $"{_machine}. From a CSV file to a model, by the command line.",
                [
                    "device", "MB", "samples", "features", "solver", "passes", "converged", "read, s", "prepare, s", "train, s",
                    "whole program, s",
                ],
                _trainings.Select(training => (string[])[
                    training.Device, $"{training.Megabytes:F0}", $"{training.Samples:N0}", $"{training.Features}",
                    training.Solver,
                    $"{training.Passes}", training.Converged ? "yes" : "no", $"{training.ReadSeconds:F2}",
                    $"{training.PrepareSeconds:F2}", $"{training.TrainSeconds:F2}", $"{training.WallSeconds:F2}"]),
                texts: 1);
        }

        foreach (var (what, why) in _leftOut)
            Console.WriteLine($"Left out: {what}: {why.TrimEnd('.')}.");
        foreach (var pass in _passes.Where(Disagrees))
            Console.WriteLine($"WRONG: {Describe(pass)} differs from cpu by {pass.DifferenceToCpu:E1}.");
    }

    private static string Describe(DevicePass pass) =>
        $"{pass.Features:N0} features in {pass.Storage}: {pass.PassMs:F3} ms, {pass.GbPerS:F1} GB/s";
}
