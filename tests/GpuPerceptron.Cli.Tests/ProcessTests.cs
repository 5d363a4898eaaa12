using System.Diagnostics;
using Xunit;

namespace GpuPerceptron.Cli.Tests;

/// <summary>What only a process of its own can show: exit codes, closed pipes, signals.</summary>
public sealed class ProcessTests : IDisposable
{
    private static readonly string Program = Path.Combine(AppContext.BaseDirectory, "GpuPerceptron.Cli.dll");

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Exits_with_the_command_s_code_and_one_line()
    {
        using var process = Start($"dotnet '{Program}' train missing.csv --label y -o /dev/null");
        string error = await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(5, process.ExitCode);
        Assert.Single(error.TrimEnd().Split('\n'));
    }

    [Fact]
    public async Task A_disk_that_fills_while_samples_are_encoded_leaves_nothing_behind()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "needs a shell's limit of a file's length");
        const string Sql = "SELECT i % 2 AS label, i % 7 AS a FROM range(4500000) t(i)"; // 72 MB, more than 256 MB leave for samples
        using var process = Start(
            $"ulimit -f 40000; GPUPERCEPTRON_CACHE='{_folder["cache"]}' exec dotnet '{Program}' train --sql '{Sql}' --label label "
            + $"--memory 256MB -o '{_folder["m.json"]}'");
        string error = await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(5, process.ExitCode);
        Assert.Contains("make room there", Assert.Single(error.TrimEnd().Split('\n')), StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(_folder["cache"]));
        Assert.Empty(_folder.Files);
    }

    [Fact]
    public async Task A_stream_that_is_longer_than_a_file_may_be_leaves_nothing_behind()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "needs a shell's limit of a file's length");
        Directory.CreateDirectory(_folder["tmp"]);
        using var process = Start(
            $"ulimit -f 40000; export TMPDIR='{_folder["tmp"]}'; yes 1,2 2> /dev/null | head -n 12000000 2> /dev/null | dotnet '{Program}' train - --label y -o '{_folder["m.json"]}'");
        string error = await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(5, process.ExitCode);
        Assert.Contains("stdin cannot be copied to", Assert.Single(error.TrimEnd().Split('\n')), StringComparison.Ordinal);
        Assert.Empty(Directory.GetDirectories(_folder["tmp"], "gpuperceptron*"));
        Assert.Empty(_folder.Files);
    }

    [Fact]
    public async Task A_folder_for_copies_of_streams_that_is_not_there_is_named()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "needs a shell and TMPDIR");
        using var process = Start($"echo 1,2 | TMPDIR='{_folder["none"]}' dotnet '{Program}' train - --label y -o /dev/null");
        string error = await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(5, process.ExitCode);
        Assert.Contains($"stdin cannot be copied to {_folder["none"]}", Assert.Single(error.TrimEnd().Split('\n')), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_diagnosis_of_many_features_keeps_to_its_memory()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "needs Linux's account of a process's memory");
        const int Features = 1000; // a matrix of them takes 8 MB
        var random = new Random(1);
        _folder.Write("wide.csv",
        [
            $"label,{string.Join(',', Enumerable.Range(0, Features).Select(j => $"x{j}"))}",
            .. Enumerable.Range(0, 3000).Select(i => $"{i % 2},{string.Join(',', Enumerable.Range(0, Features).Select(_ => random.Next(1000)))}"),
        ]);
        using var process = Start($"exec dotnet '{Program}' diagnose '{_folder["wide.csv"]}' --label label --memory 256MB --device cpu --quiet");
        long peak = 0;
        for (; !process.HasExited; await Task.Delay(20, TestContext.Current.CancellationToken))
        {
            process.Refresh();
            try
            {
                peak = Math.Max(peak, process.PeakWorkingSet64);
            }
            catch (InvalidOperationException)
            {
                // It has just ended.
            }
        }

        Assert.Equal(0, process.ExitCode);
        Assert.InRange(peak, 1, 256_000_000);
    }

    [Fact]
    public async Task Tells_its_version()
    {
        using var process = Start($"dotnet '{Program}' --version");
        Assert.Matches(@"^\d+\.\d+\.\d+\n$", await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Drivers_are_looked_for_only_where_a_GPU_could_pay()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "needs LD_DEBUG of Linux's loader");
        string devices = await LibrariesOf("devices");
        Assert.SkipUnless(devices.Contains("find library=", StringComparison.Ordinal), "this loader knows no LD_DEBUG");
        Assert.Contains("libcuda", devices, StringComparison.Ordinal);
        Assert.Contains("libOpenCL", devices, StringComparison.Ordinal);
        string training = await LibrariesOf($"train '{Samples.Pima}' --label label --device auto -o '{_folder["m.json"]}'");
        Assert.Contains("libduckdb", training, StringComparison.Ordinal);
        Assert.DoesNotContain("libcuda", training, StringComparison.Ordinal);
        Assert.DoesNotContain("libOpenCL", training, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_reader_that_has_seen_enough_ends_predict_quietly()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "needs a Unix shell");
        Samples.TrainPima(_folder["m.json"]);
        string sql = $"SELECT p.* FROM '{Samples.Pima}' p, range(100000)"; // 77 million rows: minutes, if it went on
        using var process = Start($"set -o pipefail; dotnet '{Program}' predict '{_folder["m.json"]}' --sql \"{sql}\" | head -n 2");
        string output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        string error = await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal((0, ""), (process.ExitCode, error));
        Assert.Equal(2, output.TrimEnd().Split('\n').Length);
    }

    [Fact]
    public async Task A_table_may_come_from_stdin()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "needs a Unix shell");
        var expected = Samples.TrainPima(_folder["file.json"]);
        using var process = Start(
            $"set -e; cd '{_folder["."]}'; p() {{ dotnet '{Program}' \"$@\"; }}; cat '{Samples.Pima}' | p train - --label label --device cpu --quiet --json r.json -o m.json; "
            + $"cat '{Samples.Pima}' | p evaluate m.json - --json e.json >&2; p predict m.json - < '{Samples.Pima}'");
        string output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        string error = await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(process.ExitCode == 0, error);
        using var report = System.Text.Json.JsonDocument.Parse(File.ReadAllText(_folder["r.json"]));
        Assert.Equal(expected.Json.GetProperty("weights_hash").GetString(), report.RootElement.GetProperty("weights_hash").GetString());
        using var measured = System.Text.Json.JsonDocument.Parse(File.ReadAllText(_folder["e.json"]));
        Assert.Equal(768, measured.RootElement.GetProperty("samples").GetInt32());
        Assert.Equal(CommandResult.Of("predict", _folder["file.json"], Samples.Pima).Out, output);
    }

    [Fact]
    public async Task A_full_disk_is_no_fault_of_ours()
    {
        Assert.SkipUnless(File.Exists("/dev/full"), "needs /dev/full");
        Samples.TrainPima(_folder["m.json"]);
        using var process = Start($"dotnet '{Program}' predict '{_folder["m.json"]}' '{Samples.Pima}' > /dev/full");
        string error = await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(2, process.ExitCode);
        Assert.Contains("cannot write to stdout", error, StringComparison.Ordinal);
    }

    // Where the tests were started with SIGINT ignored, as by a shell in the background, so would the program be, and never end: it is
    // started with what is usual, where env can; else the limit ends the test.
    [Theory(Timeout = 60_000), InlineData("INT"), InlineData("TERM")]
    public async Task A_signal_ends_training_with_the_model_reached_so_far(string signal)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "needs Unix signals");
        using var process = Start(
            "usual='env --default-signal'; $usual true 2>/dev/null || usual=''; "
            + $"exec $usual dotnet '{Program}' train '{Samples.Pima}' --label label --device cpu --solver gd --learning-rate 1e-9 --epochs 2000000000 -o '{_folder["m.json"]}'");
        try
        {
            string? line;
            do line = await process.StandardError.ReadLineAsync(TestContext.Current.CancellationToken);
            while (line is not null && !line.StartsWith("device", StringComparison.Ordinal));
            using (var kill = Process.Start("kill", [$"-{signal}", $"{process.Id}"]))
                await kill.WaitForExitAsync(TestContext.Current.CancellationToken);
            string rest = await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
            Assert.True(process.ExitCode == 130, rest);
            Assert.True(File.Exists(_folder["m.json"]));
        }
        finally
        {
            if (!process.HasExited) process.Kill();
        }
    }

    /// <summary>What the loader tells of the libraries that a command makes it look for.</summary>
    private static async Task<string> LibrariesOf(string command)
    {
        string folder = Directory.CreateTempSubdirectory().FullName;
        try
        {
            using var process = Start($"LD_DEBUG=libs LD_DEBUG_OUTPUT='{folder}/log' exec dotnet '{Program}' {command}");
            await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
            Assert.Equal(0, process.ExitCode);
            return string.Concat(Directory.GetFiles(folder).Select(File.ReadAllText));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static Process Start(string command) => Process.Start(new ProcessStartInfo("bash", ["-c", command])
    {
        RedirectStandardOutput = true,
        RedirectStandardError = true,
    })!;
}
