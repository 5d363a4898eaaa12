using GpuPerceptron.Data;
using GpuPerceptron.Engines;
using GpuPerceptron.Engines.Devices;
using GpuPerceptron.Testing;
using Xunit;

namespace GpuPerceptron.Kernels.Tests;

/// <summary>
/// The kernels meant for CUDA, on an emulator with warps of 32 lanes. A lane is a thread there and a shuffle costs them all
/// a barrier, so the shapes are tiny: as many rows as make the last step a part one.
/// </summary>
[Collection(Devices.Collection)]
public sealed class RegisterKernelsAgreeOnTheEmulator
{
    [Theory]
    [InlineData(37, 3, false)] // 2 lanes a row × 1 packet a lane × 2 rows a team
    [InlineData(37, 13, true)] // 2 × 2 × 2
    [InlineData(37, 31, false)] // 4 × 2 × 4
    [InlineData(19, 61, true)] // 4 × 4 × 2
    [InlineData(9, 100, false)] // 8 × 4 × 2
    [InlineData(5, 255, true)] // 16 × 4 × 2
    [InlineData(3, 512, false)] // 32 × 4 × 2
    [InlineData(3, 1023, true)] // 32 × 8 × 1
    [InlineData(4, 1026, true, 2)] // 2 warps × 8 × 1
    [InlineData(3, 2049, false, 4)] // 4 warps × 8 × 1
    [InlineData(3, 4097, true, 8)] // 8 warps × 8 × 1
    [InlineData(2, 8193, true, 16)] // 16 warps × 8 × 1
    public void Features_in_float32(int rows, int features, bool weighted, int warps = 1)
    {
        using var dataset = SyntheticData.Create(rows, features, weighted: weighted);
        Agrees(dataset, dataset, warps);
    }

    [Theory]
    [InlineData(37, 7, true)] // 2 × 1 × 2
    [InlineData(37, 28, false)] // 4 × 1 × 4
    [InlineData(19, 64, true)] // 4 × 2 × 2
    [InlineData(9, 100, false)] // 8 × 2 × 2
    [InlineData(5, 255, true)] // 16 × 2 × 2
    [InlineData(3, 511, false)] // 32 × 2 × 2
    [InlineData(3, 1023, true)] // 32 × 4 × 2
    [InlineData(4, 1026, true, 2)] // 2 warps × 4 × 1
    [InlineData(3, 2049, false, 4)] // 4 warps × 4 × 1
    [InlineData(3, 4097, true, 8)] // 8 warps × 4 × 1
    [InlineData(2, 8193, false, 16)] // 16 warps × 4 × 1
    public void Features_in_float16(int rows, int features, bool weighted, int warps = 1)
    {
        using var data = new HalfData(rows, features, weighted);
        Agrees(data.Stored, data.Widened, warps);
    }

    [Fact]
    public void Partial_sums_are_flushed_and_started_again()
    {
        using var dataset = SyntheticData.Create(2 * 16 * WarpPass.RowsPerFlush + 3, 2);
        Agrees(dataset, dataset, warps: 1, tolerance: 1e-6);
    }

    private static void Agrees(Dataset stored, Dataset reference, int warps, double tolerance = 1e-5)
    {
        using var engine = IlgpuEngine.Create(
            IlgpuDevice.Emulate(WarpSum.WarpSize, 1, warps), stored,
            (accelerator, shape, rows) => PassGeometry.InRegisters(
                shape, rows, 1, accelerator.MaxNumThreadsPerMultiprocessor, accelerator.MaxNumThreadsPerGroup));
        Agreement.Holds(engine, reference, SyntheticData.Parameters(stored.Features), tolerance);
    }
}
