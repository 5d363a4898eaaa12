using ILGPU;
using ILGPU.Runtime;
using Xunit;

namespace GpuPerceptron.Kernels.Tests;

/// <summary>
/// ptxas and nvdisasm show what becomes of every kernel that a CUDA device can be given: nothing spilled, nothing on a
/// stack, X loaded 16 bytes at a time, and all that a step needs from memory asked for before it waits for any of it.
/// </summary>
public sealed class KernelsAssembleForCuda
{
    public static TheoryData<string> EveryKernel => [.. CudaKernel.All.Select(kernel => kernel.Name)];

    [Theory]
    [MemberData(nameof(EveryKernel))]
    public void A_kernel_stays_in_registers_and_loads_X_sixteen_bytes_at_a_time(string name)
    {
        CudaTools.SkipUnlessPresent();
        var kernel = CudaKernel.Named(name);
        Assert.All(AssembledKernel.Of(name), assembled => Assert.Empty(Faults(kernel, assembled)));
    }

    [Theory]
    [MemberData(nameof(EveryKernel))]
    public void A_multiprocessor_holds_all_groups_that_are_launched_for_it(string name)
    {
        CudaTools.SkipUnlessPresent();
        var kernel = CudaKernel.Named(name);
        foreach (var (architecture, assembled) in CudaKernel.Architectures.Zip(AssembledKernel.Of(name)))
            Assert.InRange(kernel.GroupsPerMultiprocessor, 1, Occupancy.Groups(architecture, assembled, kernel.GroupSize));
    }

    [Fact]
    public void A_kernel_that_spills_is_found()
    {
        CudaTools.SkipUnlessPresent();

        // Two groups of 1,024 lanes leave a lane 32 registers, of the hundred that this kernel needs.
        var kernel = CudaKernel.All.First(kernel => kernel.BytesInFlight == 128);
        var cramped = kernel with { Specialization = new KernelSpecialization(1024, 2) };
        var assembled = AssembledKernel.Assemble(cramped, "sm_90");
        Assert.Contains(Faults(cramped, assembled), fault => fault.Contains("spill", StringComparison.Ordinal));
    }

    [Fact]
    public void A_kernel_with_a_stack_frame_is_found()
    {
        CudaTools.SkipUnlessPresent();
        Assert.Contains(FaultsOf(IndexesALocalArray, []), fault => fault.Contains("stack frame", StringComparison.Ordinal));
    }

    [Fact]
    public void A_kernel_that_loads_X_four_bytes_at_a_time_is_found()
    {
        CudaTools.SkipUnlessPresent();
        var faults = FaultsOf(LoadsOneFloatAtATime, [1]);
        Assert.Contains(faults, fault => fault.Contains("loads of 16 bytes", StringComparison.Ordinal));
        Assert.Contains(faults, fault => fault.Contains("loads of 4 bytes", StringComparison.Ordinal));
    }

    [Fact]
    public void A_load_that_waits_behind_a_shuffle_is_found()
    {
        CudaTools.SkipUnlessPresent();
        Assert.Contains(FaultsOf(LoadsBehindAShuffle, [1]), fault => fault.Contains("behind a shuffle", StringComparison.Ordinal));
    }

    private static IEnumerable<string> Faults(CudaKernel kernel, AssembledKernel assembled)
    {
        if (assembled.SpillBytes > 0)
            yield return $"{assembled.SpillBytes} bytes spill";
        if (assembled.StackBytes > 0)
            yield return $"a stack frame of {assembled.StackBytes} bytes";
        LoadingLoop[] loops = [.. assembled.Code.LoadingLoops()];
        int[] wide = [.. loops.Select(loop => loop.WideLoads)];
        if (!wide.SequenceEqual(kernel.WideLoads))
            yield return $"its loops have {string.Join(" and ", wide)} loads of 16 bytes, not {string.Join(" and ", kernel.WideLoads)}";
        if (loops.Any(loop => loop.LoadsAfterShuffle))
            yield return "a load waits behind a shuffle";
        if (assembled.Code.NarrowLoads > kernel.Scalars)
            yield return $"{assembled.Code.NarrowLoads} loads of 4 bytes, more than {kernel.Scalars}";
    }

    private static IEnumerable<string> FaultsOf(Action<ArrayView<float>, int> kernel, int[] wideLoads)
    {
        var described = new CudaKernel("", null, kernel.Method, KernelSpecialization.Empty, 128, 1, wideLoads, 0, 0);
        return Faults(described, AssembledKernel.Assemble(described, "sm_90"));
    }

    private static void IndexesALocalArray(ArrayView<float> values, int index)
    {
        var local = LocalMemory.Allocate1D<float>(16);
        for (int i = 0; i < 16; i++)
            local[i] = values[i] * index;
        values[0] = local[index];
    }

    private static void LoadsOneFloatAtATime(ArrayView<float> values, int count)
    {
        float sum = 0f;
        for (int i = Group.IdxX; i < count; i += Group.DimX)
            sum += values[4 * i] + values[4 * i + 1] + values[4 * i + 2] + values[4 * i + 3];
        values[Group.IdxX] = sum;
    }

    private static void LoadsBehindAShuffle(ArrayView<float> values, int count)
    {
        var packets = values.Cast<Float4>();
        Float4 sums = default;
        for (int i = Group.IdxX; i < count; i += Group.DimX)
        {
            var packet = packets[i];
            float dot = WarpSum.OverLanes(Float4.Dot(packet, packet), 32);
            sums = Float4.MultiplyAdd(dot * values[i], packet, sums);
        }

        packets[Group.IdxX] = sums;
    }
}
