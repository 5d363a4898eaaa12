using System.CommandLine;
using GpuPerceptron;
using GpuPerceptron.Bench;
using GpuPerceptron.Bench.Gpu;

// Measures what the documentation claims. Close other work first: ratios are taken within one run, but noise stays noise.
var commands = new RootCommand("Benchmarks of GpuPerceptron.")
{
    PassBenchmark.Command(),
    StreamBenchmark.Command(),
    HessianBenchmark.Command(),
    TrainBenchmark.Command(),
    BatchBenchmark.Command(),
    IngestBenchmark.Command(),
    SparseBenchmark.Command(),
    GpuBenchmark.Command(),
};
try
{
    return commands.Parse(args).Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
}
catch (PerceptronException problem)
{
    Console.Error.WriteLine(problem.Message);
    return 2;
}
