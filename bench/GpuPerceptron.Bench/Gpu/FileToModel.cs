using System.Text.Json;

namespace GpuPerceptron.Bench.Gpu;

/// <summary>A whole training by the command line, from a CSV file to a model.</summary>
/// <param name="Device">As <c>--device</c> names it.</param>
/// <param name="Megabytes">Of the file, which lies in the page cache.</param>
/// <param name="Samples">N.</param>
/// <param name="Features">M.</param>
/// <param name="Solver">The command line's own choice.</param>
/// <param name="Passes">Reads of X.</param>
/// <param name="Converged">Whether the command line's own tolerance was met.</param>
/// <param name="ReadSeconds">From the file to the matrix.</param>
/// <param name="PrepareSeconds">Finding the device, compiling kernels, uploading, and what the solver needs before it starts.</param>
/// <param name="TrainSeconds">The solver.</param>
/// <param name="WallSeconds">From the program's start to its end.</param>
internal sealed record FileToModel(
    string Device, double Megabytes, long Samples, int Features, string Solver, long Passes, bool Converged, double ReadSeconds,
    double PrepareSeconds, double TrainSeconds, double WallSeconds)
{
    private const int DefaultFeatures = 28;
    private const int NotConverged = 3; // the command line's exit code where the model is written all the same

    /// <summary>Writes a table of a logistic model's samples.</summary>
    /// <param name="file">The file.</param>
    /// <param name="megabytes">Its size, about.</param>
    public static void MakeTable(string file, double megabytes)
    {
        const int ProbeSamples = 1000;
        Write(ProbeSamples);
        Write((int)(megabytes * 1e6 / new FileInfo(file).Length * ProbeSamples));

        void Write(int samples)
        {
            using var dataset = MadeData.Make(DataShape.Of(samples, DefaultFeatures), seed: 1);
            CsvFile.Save(dataset, file);
        }
    }

    /// <summary>Runs a training.</summary>
    /// <param name="program">The command line.</param>
    /// <param name="table">From <see cref="MakeTable"/>.</param>
    /// <param name="device">As <c>--device</c> names it.</param>
    /// <param name="limit">After which it is ended.</param>
    /// <exception cref="PerceptronException">It gave no model.</exception>
    public static FileToModel Measure(string program, string table, string device, TimeSpan limit)
    {
        string model = Path.ChangeExtension(table, ".json");
        var run = ProgramRun.Of(
            program, ["train", table, "--label", "label", "--device", device, "-o", model, "--json", "-", "--quiet"], limit);
        if (run.ExitCode is not (0 or NotConverged))
            throw new PerceptronException(Fault.Device, run.Complaint);

        using var json = JsonDocument.Parse(run.Output);
        var report = json.RootElement;
        var seconds = report.GetProperty("seconds");
        return new FileToModel(
            device, new FileInfo(table).Length / 1e6, report.GetProperty("samples").GetInt64(), report.GetProperty("features").GetInt32(),
            report.GetProperty("solver").GetString()!, report.GetProperty("passes").GetInt64(),
            report.GetProperty("converged").GetBoolean(), seconds.GetProperty("read").GetDouble(),
            seconds.GetProperty("prepare").GetDouble(), seconds.GetProperty("train").GetDouble(), run.Seconds);
    }
}
