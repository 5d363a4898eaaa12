using GpuPerceptron.Engines;
using GpuPerceptron.Testing;
using Xunit;

namespace GpuPerceptron.Kernels.Tests;

/// <summary>
/// The kernels meant for CUDA, on an emulator with warps of 32 lanes. A lane is a thread there and a shuffle costs them all
/// a barrier, so the shapes are tiny: as many rows as make the last sweep a part one.
/// </summary>
public sealed class RegisterKernelsAgreeOnTheEmulator
{
    [Theory]
    [InlineData(37, 3, false)] // 2 lanes a row, 1 float4 a lane
    [InlineData(37, 13, true)] // 2 × 2
    [InlineData(19, 31, false)] // 4 × 2
    [InlineData(19, 61, true)] // 4 × 4
    [InlineData(9, 100, false)] // 8 × 4
    [InlineData(5, 255, true)] // 16 × 4
    [InlineData(3, 512, false)] // 32 × 4
    [InlineData(3, 1023, true)] // 32 × 8
    public void A_team_of_lanes_a_row(int rows, int features, bool weighted) => Agrees(rows, features, weighted, warps: 1);

    [Theory]
    [InlineData(4, 1026, true)]
    public void Several_warps_a_row(int rows, int features, bool weighted) => Agrees(rows, features, weighted, warps: 2);

    [Fact]
    public void Partial_sums_are_flushed_and_started_again() =>
        Agrees(2 * 16 * WarpPass.SweepsPerFlush + 3, 2, weighted: false, warps: 1);

    private static void Agrees(int rows, int features, bool weighted, int warps)
    {
        using var dataset = SyntheticData.Create(rows, features, weighted: weighted);
        using var engine = IlgpuEngine.Create(
            IlgpuDevice.Emulate(WarpSum.WarpSize, 1, warps), dataset,
            (accelerator, columns, maximumRows) => PassGeometry.InRegisters(
                columns, maximumRows, 1, accelerator.MaxNumThreadsPerMultiprocessor, accelerator.MaxNumThreadsPerGroup));
        Agreement.Holds(engine, dataset, SyntheticData.Parameters(features));
    }
}
