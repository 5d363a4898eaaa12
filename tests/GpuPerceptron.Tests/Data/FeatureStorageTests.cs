using GpuPerceptron.Data;
using Xunit;

namespace GpuPerceptron.Tests.Data;

public sealed unsafe class FeatureStorageTests
{
    [Fact]
    public void FeaturesAreRoundedToTheNearestHalfAndRowsPaddedTo16Bytes()
    {
        using var dataset = Dataset.FromRows([1f, 0.1f, -65504f, 1e-7f, 2f, 3f], [0, 1], 3);
        dataset.Narrow();

        Assert.Equal(FeatureStorage.Float16, dataset.Storage);
        Assert.Equal(8, dataset.Stride);
        Assert.Equal(2 * 8 * 2, dataset.FeatureBytes);
        var block = dataset.Blocks[0];
        Assert.Equal(16, block.RowBytes);
        Half[] expected = [(Half)1f, (Half)0.1f, Half.MinValue, default, default, default, default, default,
            (Half)1e-7f, (Half)2f, (Half)3f, default, default, default, default, default];
        Assert.Equal(expected, new ReadOnlySpan<Half>(block.HalfPointer, 16));
        Assert.Throws<InvalidOperationException>(() => block.Row(0));
    }

    [Fact]
    public void WhatFloat16CannotHoldIsRefused()
    {
        using var dataset = Dataset.FromRows([1f, 2f, 3f, 70_000f], [0, 1], 2);
        var fault = Assert.Throws<PerceptronException>(() => dataset.Narrow());
        Assert.Equal(Fault.Data, fault.Fault);
        Assert.Contains("feature 2 has", fault.Message);
    }

    [Fact]
    public void ASecondNarrowingChangesNothing()
    {
        using var dataset = Dataset.FromRows([1f, 0.1f], [0, 1], 1);
        dataset.Narrow();
        dataset.Narrow();
        Assert.Equal((Half)0.1f, dataset.Blocks[0].HalfPointer[8]);
    }
}
