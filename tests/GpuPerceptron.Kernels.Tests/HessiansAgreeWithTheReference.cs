using GpuPerceptron.Testing;
using Xunit;

namespace GpuPerceptron.Kernels.Tests;

/// <summary>The engines' Hessians against the naive float64 one.</summary>
public sealed class HessiansAgreeWithTheReference
{
    private static readonly int[] FeatureCounts = [1, 3, 4, 5, 28, 31, 33, 64];

    public static MatrixTheoryData<string, int, bool> DevicesAndRowCounts => new(Devices.All, [0, 1, 33, 257], [false, true]);

    [Theory]
    [MemberData(nameof(DevicesAndRowCounts))]
    public void Features_in_float32(string device, int rows, bool weighted)
    {
        foreach (int features in FeatureCounts)
        {
            using var dataset = SyntheticData.Create(rows, features, weighted: weighted);
            using var engine = Devices.Open(device, dataset);
            Agreement.HessianHolds(engine, dataset, SyntheticData.Parameters(features));
        }
    }

    [Theory]
    [MemberData(nameof(DevicesAndRowCounts))]
    public void Features_in_float16(string device, int rows, bool weighted)
    {
        foreach (int features in FeatureCounts)
        {
            using var data = new HalfData(rows, features, weighted);
            using var engine = Devices.Open(device, data.Stored);
            Agreement.HessianHolds(engine, data.Widened, SyntheticData.Parameters(features));
        }
    }
}
