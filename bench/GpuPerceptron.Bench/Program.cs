using System.CommandLine;
using GpuPerceptron.Bench;

// Measures what the documentation claims. Close other work first: ratios are taken within one run, but noise stays noise.
var features = new Option<string>("--features") { Description = "Widths of X.", DefaultValueFactory = _ => "8,28,100,784,1000,4096" };
var megabytes = new Option<int>("--megabytes") { Description = "Megabytes of X in float32, at least.", DefaultValueFactory = _ => 400 };
var repeats = new Option<int>("--repeats") { Description = "Pairs of a read and a pass.", DefaultValueFactory = _ => 31 };
var threads = new Option<int>("--threads") { Description = "Host threads; 0 for one a processor." };
var json = new Option<FileInfo?>("--json") { Description = "Writes the figures to a file too." };

var pass = new Command("pass", "The time of a pass on cpu over the time of a plain read of X by the same threads, in float32 and float16.")
{
    features, megabytes, repeats, threads, json,
};
pass.SetAction(result => PassBenchmark.Run(
    [.. result.GetRequiredValue(features).Split(',').Select(int.Parse)],
    result.GetValue(megabytes) * 1_000_000L, result.GetValue(repeats), result.GetValue(threads), result.GetValue(json)));
return new RootCommand("Benchmarks of GpuPerceptron.") { pass }.Parse(args).Invoke();
