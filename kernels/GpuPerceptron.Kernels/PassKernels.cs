using ILGPU;
using ILGPU.Runtime;

namespace GpuPerceptron.Kernels;

/// <summary>Compiles the kernels for a device and hands them out ready to launch on its default stream.</summary>
public static class PassKernels
{
    /// <summary>The pass for one loss.</summary>
    /// <typeparam name="TLoss">ℓ.</typeparam>
    /// <param name="accelerator">The device.</param>
    /// <param name="geometry">The kernel and its groups.</param>
    public static Action<PassArguments> LoadPass<TLoss>(Accelerator accelerator, PassGeometry geometry)
        where TLoss : unmanaged, ILoss
    {
        var config = new KernelConfig(geometry.Groups, geometry.GroupSize);
        if (geometry.Family == PassFamily.Portable)
        {
            var portable = accelerator.LoadStreamKernel<PassArguments, PortableTile>(PortablePass.Kernel<TLoss>);
            return arguments => portable(config, arguments, geometry.Tile);
        }

        var kernel = accelerator.LoadStreamKernel(InRegisters<TLoss>(geometry), Specialization(geometry));
        return arguments => kernel(config, arguments);
    }

    /// <summary>The reduction of a pass's partials to their sums.</summary>
    /// <param name="accelerator">The device.</param>
    /// <param name="partialRows">Rows of the partials.</param>
    /// <param name="columns">C.</param>
    /// <returns>Takes the partials, <paramref name="partialRows"/> × (C + 1) × 4, and where to write their 4(C + 1) sums.</returns>
    public static Action<ArrayView<double>, ArrayView<double>> LoadReduction(Accelerator accelerator, int partialRows, int columns)
    {
        int entries = (columns + 1) * Float4.Count;
        int group = Math.Min(PartialsReduction.MaximumLanes, accelerator.MaxNumThreadsPerGroup);
        int share = Math.Min(Float4.Count, group);
        int groups = (entries + share - 1) / share;
        var kernel = accelerator.LoadStreamKernel<int, int, int, ArrayView<double>, ArrayView<double>>(PartialsReduction.Kernel);
        return (partials, sums) =>
            kernel(new KernelConfig(groups, group), partialRows, entries, group / share, partials, sums);
    }

    /// <summary>The kernel of the warp or the block family that a geometry names.</summary>
    /// <typeparam name="TLoss">ℓ.</typeparam>
    /// <param name="geometry">From <see cref="PassGeometry.InRegisters"/>.</param>
    public static Action<PassArguments> InRegisters<TLoss>(PassGeometry geometry)
        where TLoss : unmanaged, ILoss => (geometry.Family, geometry.Lanes, geometry.ChunkCount) switch
        {
            (PassFamily.Warp, 2, 1) => WarpPass.Kernel<Float4Chunk, Lanes2, TLoss>,
            (PassFamily.Warp, 2, 2) => WarpPass.Kernel<Pair<Float4Chunk>, Lanes2, TLoss>,
            (PassFamily.Warp, 4, 2) => WarpPass.Kernel<Pair<Float4Chunk>, Lanes4, TLoss>,
            (PassFamily.Warp, 4, 4) => WarpPass.Kernel<Pair<Pair<Float4Chunk>>, Lanes4, TLoss>,
            (PassFamily.Warp, 8, 4) => WarpPass.Kernel<Pair<Pair<Float4Chunk>>, Lanes8, TLoss>,
            (PassFamily.Warp, 16, 4) => WarpPass.Kernel<Pair<Pair<Float4Chunk>>, Lanes16, TLoss>,
            (PassFamily.Warp, 32, 4) => WarpPass.Kernel<Pair<Pair<Float4Chunk>>, Lanes32, TLoss>,
            (PassFamily.Warp, 32, 8) => WarpPass.Kernel<Pair<Pair<Pair<Float4Chunk>>>, Lanes32, TLoss>,
            (PassFamily.Block, _, 8) => BlockPass.Kernel<Pair<Pair<Pair<Float4Chunk>>>, TLoss>,
            _ => throw new ArgumentException($"no kernel in registers for {geometry}", nameof(geometry)),
        };

    /// <summary>What the compiler is told of a kernel of the warp or the block family.</summary>
    /// <param name="geometry">From <see cref="PassGeometry.InRegisters"/>.</param>
    public static KernelSpecialization Specialization(PassGeometry geometry) =>
        new(geometry.GroupSize, geometry.GroupsPerMultiprocessor);
}
