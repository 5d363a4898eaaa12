using System.Text.Json;
using GpuPerceptron.Testing;
using Xunit;

namespace GpuPerceptron.Repository.Tests;

/// <summary>What runs on a GPU machine only, as far as it can be held without one.</summary>
public sealed class GpuBenchmarkTests
{
    [Theory]
    [InlineData("pack.sh")]
    [InlineData("run.sh")]
    public async Task A_script_has_no_syntax_error(string script)
    {
        var run = await Program.Start("bash", ["-n", Testing.Repository.PathOf("bench", "gpu", script)]);
        Assert.True(run.ExitCode == 0, run.Errors);
    }

    [Fact]
    public async Task The_gpu_command_measures_the_emulator_and_a_training_from_file_to_model()
    {
        var folder = Directory.CreateTempSubdirectory("gpuperceptron-gpu-");
        try
        {
            string json = Path.Combine(folder.FullName, "passes.json");
            string commandLine = Path.ChangeExtension(Program.Built("src/GpuPerceptron.Cli", "GpuPerceptron.Cli"), null);
            var run = await Program.Run(
                Program.Built("bench/GpuPerceptron.Bench", "GpuPerceptron.Bench"),
                [
                    "gpu", "--device", "emulator", "--features", "5,28", "--gigabytes", "0.00001", "--repeats", "2",
                    "--csv-megabytes", "0.02", "--command-line", commandLine, "--python", "no-such-python", "--json", json,
                ]);
            Assert.True(run.ExitCode == 0, run.Errors);

            using var document = JsonDocument.Parse(await File.ReadAllTextAsync(json));
            var figures = document.RootElement;
            Assert.True(figures.GetProperty("copy_gb_per_s").GetDouble() > 0);
            Assert.Contains("Left out: PyTorch's passes: no-such-python", run.Output);
            Assert.Single(figures.GetProperty("left_out").EnumerateArray());

            var passes = figures.GetProperty("passes").EnumerateArray().ToList();
            Assert.Equal(
                ["5 float32", "5 float16", "28 float32", "28 float16"],
                passes.Select(pass => $"{pass.GetProperty("features")} {pass.GetProperty("storage")}"));
            Assert.All(passes, pass =>
            {
                Assert.InRange(pass.GetProperty("difference_to_cpu").GetDouble(), 0, 1e-5);
                Assert.True(pass.GetProperty("pass_ms").GetDouble() > 0);
                Assert.True(pass.GetProperty("share_of_copy_rate").GetDouble() > 0);
            });

            var trainings = figures.GetProperty("file_to_model").EnumerateArray().ToList();
            Assert.Equal(["emulator", "cpu"], trainings.Select(training => training.GetProperty("device").GetString()));
            Assert.All(trainings, training => Assert.True(training.GetProperty("converged").GetBoolean()));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task PyTorch_makes_the_same_samples()
    {
        string? python = Python.With("torch");
        Assert.SkipWhen(python is null, "no python3 with PyTorch is on this machine");

        var folder = Directory.CreateTempSubdirectory("gpuperceptron-gpu-");
        try
        {
            string json = Path.Combine(folder.FullName, "passes.json");
            var run = await Program.Run(
                Program.Built("bench/GpuPerceptron.Bench", "GpuPerceptron.Bench"),
                [
                    "gpu", "--device", "emulator", "--features", "7", "--gigabytes", "0.00001", "--repeats", "1",
                    "--csv-megabytes", "0", "--json", json, "--python", python,
                ]);
            Assert.True(run.ExitCode == 0, run.Errors);

            // There would be no time, had PyTorch's loss not been ours.
            using var figures = JsonDocument.Parse(await File.ReadAllTextAsync(json));
            Assert.True(figures.RootElement.GetProperty("passes")[0].GetProperty("torch_to_pass").GetDouble() > 0, run.Output);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Theory]
    [InlineData("echo 'cuda:0  made up'", 0, 0, "Total: 3")]
    [InlineData("echo 'cuda:0  made up'", 1, 1, "exit code 1")]
    [InlineData("echo 'emulator  made up'", 0, 2, "NOTHING RAN: this machine has no cuda:0")]
    public async Task The_run_succeeds_only_where_the_kernel_tests_passed_on_the_device(
        string devices, int testsExitCode, int exitCode, string summary)
    {
        var bundle = Directory.CreateTempSubdirectory("gpuperceptron-gpu-");
        try
        {
            File.Copy(Testing.Repository.PathOf("bench", "gpu", "run.sh"), Path.Combine(bundle.FullName, "run.sh"));
            await File.WriteAllTextAsync(Path.Combine(bundle.FullName, "COMMIT"), "abcdef\n");
            StandIn("GpuPerceptron.Cli", devices);
            StandIn("GpuPerceptron.Kernels.Tests",
                $"""
                [ "$GPUPERCEPTRON_TEST_DEVICE" = cuda:0 ] || exit 9
                echo "   GpuPerceptron.Kernels.Tests  Total: 3, Errors: 0, Failed: {testsExitCode}"
                exit {testsExitCode}
                """);
            StandIn("GpuPerceptron.Bench", "echo \"$*\"; echo 'Left out: a thing: a reason.'");

            var run = await Program.Start(
                "bash", [Path.Combine(bundle.FullName, "run.sh"), "--gigabytes", "1"], folder: bundle.FullName);
            Assert.True(run.ExitCode == exitCode, run.Output + run.Errors);
            string results = Path.Combine(bundle.FullName, "results");
            string written = await File.ReadAllTextAsync(Path.Combine(results, "summary.txt"));
            Assert.Contains(summary, written);
            if (exitCode == 2) return;
            Assert.Contains("Left out: a thing: a reason.", written);
            Assert.Contains("--gigabytes 1", await File.ReadAllTextAsync(Path.Combine(results, "passes.md")));
        }
        finally
        {
            bundle.Delete(recursive: true);
        }

        void StandIn(string program, string script)
        {
            string file = Path.Combine(bundle.CreateSubdirectory(Path.Combine("bin", program)).FullName, program);
            File.WriteAllText(file, $"#!/usr/bin/env bash\n{script}\n");
            if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        }
    }
}
