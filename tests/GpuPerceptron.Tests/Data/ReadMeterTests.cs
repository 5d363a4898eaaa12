using GpuPerceptron.Data;
using GpuPerceptron.Engines;
using GpuPerceptron.Models;
using GpuPerceptron.Solvers;
using GpuPerceptron.Testing;
using Xunit;

namespace GpuPerceptron.Tests.Data;

public sealed class ReadMeterTests
{
    [Theory]
    [InlineData(SolverKind.Newton)]
    [InlineData(SolverKind.GradientDescent)]
    [InlineData(SolverKind.StochasticGradient)]
    public void It_counts_all_rows_of_each_pass_and_those_of_the_proof(SolverKind solver)
    {
        using var samples = SyntheticData.Create(3000, 5);
        var meter = new ReadMeter();
        var result = Trainer.Train(
            samples, NumericSchema.Fit(samples, new LabelSchema("label", "0", "1"), null),
            new TrainingOptions { Device = DeviceRequest.Parse("cpu"), Solver = solver, Epochs = 4, L2 = 0.01 }, events: new TrainingEvents { Meter = meter });
        long passes = result.Model.Training.Passes;
        Assert.True(passes > 0);
        Assert.InRange(meter.Rows, (passes + 1) * samples.Samples, (passes + 100) * samples.Samples);
    }
}
