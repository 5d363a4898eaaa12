using ILGPU;
using ILGPU.Runtime;

namespace GpuPerceptron.Kernels;

/// <summary>Compiles what mini-batches need besides the pass, ready to launch on a device's default stream.</summary>
public static class BatchKernels
{
    /// <summary>Lanes a group that gathers.</summary>
    public const int GatherGroupSize = 256;

    /// <summary>Groups that a GPU's multiprocessor is given to gather.</summary>
    public const int GatherGroupsPerMultiprocessor = 6;

    /// <summary>The gathering of rows.</summary>
    /// <param name="accelerator">The device.</param>
    public static Action<BatchGatherArguments> LoadGather(Accelerator accelerator)
    {
        int group = Math.Min(GatherGroupSize, accelerator.MaxNumThreadsPerGroup);
        int groups = accelerator.NumMultiprocessors
            * (accelerator.AcceleratorType == AcceleratorType.CPU ? 1 : GatherGroupsPerMultiprocessor);
        var kernel = accelerator.Load<Action<BatchGatherArguments>, Action<KernelConfig, BatchGatherArguments>>(
            BatchGather.Kernel, accelerator.LoadStreamKernel);
        return arguments => kernel(new KernelConfig(groups, group), arguments);
    }

    /// <summary>A step's update.</summary>
    /// <typeparam name="TUpdate">The method.</typeparam>
    /// <param name="accelerator">The device.</param>
    /// <param name="arguments">What is the same in each step; the scale is given with each.</param>
    /// <returns>Takes what scales the batch's sum, and the step's update.</returns>
    public static Action<double, TUpdate> LoadUpdate<TUpdate>(Accelerator accelerator, BatchUpdateArguments arguments)
        where TUpdate : unmanaged, IUpdate
    {
        int group = Math.Min(PartialsReduction.MaximumLanes, accelerator.MaxNumThreadsPerGroup);
        int share = Math.Min(Float4.Count, group);
        int groups = (arguments.Entries + share - 1) / share;
        var kernel = accelerator.Load<Action<BatchUpdateArguments, TUpdate>, Action<KernelConfig, BatchUpdateArguments, TUpdate>>(
            BatchUpdate.Kernel, accelerator.LoadStreamKernel);
        return (scale, update) => kernel(
            new KernelConfig(groups, group), arguments with { Slots = group / share, Scale = scale }, update);
    }
}
