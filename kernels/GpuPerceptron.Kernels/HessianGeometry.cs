using ILGPU.Runtime;

namespace GpuPerceptron.Kernels;

/// <summary>In which groups the Hessian's kernels run.</summary>
public readonly record struct HessianGeometry
{
    /// <summary>Float4s a stretch on GPUs, at most: groups of 256 lanes.</summary>
    public const int MaximumEdge = 16;

    /// <summary>Groups of the product's kernel that a CUDA multiprocessor is to hold at once.</summary>
    public const int GroupsPerCudaMultiprocessor = 4;

    /// <summary>The first kernel's groups and tile.</summary>
    public PassGeometry Roots { get; private init; }

    /// <summary>Float4s a stretch: see <see cref="HessianProduct"/>.</summary>
    public int Edge { get; private init; }

    /// <summary>Pairs of stretches.</summary>
    public int Pairs { get; private init; }

    /// <summary>Groups that share a pair's rows.</summary>
    public int Splits { get; private init; }

    /// <summary>Lanes a group of the product's kernel.</summary>
    public int GroupSize => Edge * Edge;

    /// <summary>Sums of a pair of stretches, of which there is a set a split.</summary>
    public int PairEntries => GroupSize * HessianProduct.EntriesPerLane;

    /// <summary>The geometry for a device.</summary>
    /// <param name="accelerator">The device.</param>
    /// <param name="shape">A row of X.</param>
    /// <param name="rows">N, at least 1.</param>
    public static HessianGeometry For(Accelerator accelerator, RowShape shape, long rows)
    {
        int group = Math.Min(PassGeometry.PortableGroupSizeOnGpus, accelerator.MaxNumThreadsPerGroup);
        bool isEmulator = accelerator.AcceleratorType == AcceleratorType.CPU;
        int groups = accelerator.NumMultiprocessors * (isEmulator ? 1 : GroupsPerCudaMultiprocessor);
        return For(shape, rows, group, groups);
    }

    /// <summary>The geometry for groups of a size.</summary>
    /// <param name="shape">A row of X.</param>
    /// <param name="rows">N, at least 1.</param>
    /// <param name="groupSize">Lanes a group, at most.</param>
    /// <param name="groups">Groups that the device holds at once.</param>
    public static HessianGeometry For(RowShape shape, long rows, int groupSize, int groups)
    {
        // Stretches no longer than a row, or most of a group's lanes would have padding only.
        int edge = 1;
        while (edge < MaximumEdge && 4 * edge * edge <= groupSize && edge < shape.Columns + 1)
            edge *= 2;
        int stretches = HessianProduct.Stretches(shape.Columns, edge);
        int pairs = stretches * (stretches + 1) / 2;
        long flushes = (rows + HessianProduct.RowsPerFlush - 1) / HessianProduct.RowsPerFlush;
        return new HessianGeometry
        {
            Roots = PassGeometry.Portable(shape, rows, groupSize, groups),
            Edge = edge,
            Pairs = pairs,
            Splits = (int)Math.Clamp(groups / pairs, 1, flushes),
        };
    }
}
