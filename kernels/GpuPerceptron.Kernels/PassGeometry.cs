using ILGPU.Runtime;

namespace GpuPerceptron.Kernels;

/// <summary>The pass's kernels.</summary>
public enum PassFamily
{
    /// <summary><see cref="WarpPass"/>: up to 1,024 features, CUDA.</summary>
    Warp,

    /// <summary><see cref="BlockPass"/>: up to 16,384 features, CUDA.</summary>
    Block,

    /// <summary><see cref="PortablePass"/>: any width, any device.</summary>
    Portable,
}

/// <summary>Which kernel a pass over a matrix of a given shape runs on a given device, and in which groups.</summary>
/// <remarks>The grid is persistent: as many groups as the device holds at once, each of which takes rows in turn.</remarks>
public readonly record struct PassGeometry
{
    /// <summary>Lanes a group of the portable kernel on GPUs.</summary>
    public const int PortableGroupSizeOnGpus = 256;

    /// <summary>Groups of the portable kernel that a CUDA multiprocessor is to hold at once.</summary>
    public const int PortableGroupsPerCudaMultiprocessor = 6;

    private const int GroupSizeOnGpus = 128;
    private const int PortableGroupsPerMultiprocessor = 4;

    /// <summary>What X is stored in.</summary>
    public PacketFormat Format { get; private init; }

    /// <summary>The kernel.</summary>
    public PassFamily Family { get; private init; }

    /// <summary>Lanes that share a row (warp and block families).</summary>
    public int Lanes { get; private init; }

    /// <summary>Packets of a row that a lane holds (warp and block families).</summary>
    public int PacketsPerLane { get; private init; }

    /// <summary>Rows that a team of lanes takes at a time (warp and block families).</summary>
    public int RowsPerTeam { get; private init; }

    /// <summary>Lanes a group.</summary>
    public int GroupSize { get; private init; }

    /// <summary>Groups in the grid.</summary>
    public int Groups { get; private init; }

    /// <summary>Groups that a multiprocessor is to hold at once (warp and block families), which bounds a lane's registers.</summary>
    public int GroupsPerMultiprocessor { get; private init; }

    /// <summary>Float4s of weights that the kernel reads, at least C: see <see cref="PassArguments.Parameters"/>.</summary>
    public int Span { get; private init; }

    /// <summary>Rows of <see cref="PassArguments.Partials"/>.</summary>
    public int PartialRows { get; private init; }

    /// <summary>The portable kernel's tile.</summary>
    public PortableTile Tile { get; private init; }

    /// <summary>The geometry for a device.</summary>
    /// <param name="accelerator">The device.</param>
    /// <param name="shape">A row of X.</param>
    /// <param name="rows">N, at least 1.</param>
    public static PassGeometry For(Accelerator accelerator, RowShape shape, long rows)
    {
        int multiprocessors = accelerator.NumMultiprocessors;
        return accelerator.AcceleratorType switch
        {
            AcceleratorType.Cuda when RegisterVariant.For(shape) is not null =>
                InRegisters(shape, rows, multiprocessors, accelerator.MaxNumThreadsPerMultiprocessor, GroupSizeOnGpus),

            AcceleratorType.Cuda => Portable(
                shape, rows, PortableGroupSizeOnGpus, multiprocessors * PortableGroupsPerCudaMultiprocessor),

            // The emulator's lanes are threads: what it holds at once is all that is worth starting.
            AcceleratorType.CPU => Portable(shape, rows, accelerator.MaxNumThreadsPerGroup, multiprocessors),
            _ => Portable(shape, rows, Math.Min(PortableGroupSizeOnGpus, accelerator.MaxNumThreadsPerGroup),
                multiprocessors * PortableGroupsPerMultiprocessor),
        };
    }

    /// <summary>The geometry of the warp family, or for rows of more than 1,024 features of the block family.</summary>
    /// <param name="shape">A row of X, of 16,384 features at most.</param>
    /// <param name="rows">N, at least 1.</param>
    /// <param name="multiprocessors">The device's multiprocessors.</param>
    /// <param name="lanesPerMultiprocessor">Lanes that a multiprocessor holds at most.</param>
    /// <param name="groupSize">Lanes a group in the warp family, a multiple of 32.</param>
    public static PassGeometry InRegisters(
        RowShape shape, long rows, int multiprocessors, int lanesPerMultiprocessor, int groupSize)
    {
        var variant = RegisterVariant.For(shape)
            ?? throw new ArgumentOutOfRangeException(nameof(shape), shape, "wider than any kernel in registers");
        bool isBlock = variant.Lanes > WarpSum.WarpSize;
        int group = isBlock ? variant.Lanes : groupSize;
        int resident = Math.Min(lanesPerMultiprocessor, variant.WarpsPerMultiprocessor * WarpSum.WarpSize);
        int groupsPerMultiprocessor = Math.Max(1, resident / group);
        int rowsPerGroup = group / variant.Lanes * variant.RowsPerTeam;
        int groups = GroupsFor(rows, rowsPerGroup, multiprocessors * groupsPerMultiprocessor);
        return new PassGeometry
        {
            Format = shape.Format,
            Family = isBlock ? PassFamily.Block : PassFamily.Warp,
            Lanes = variant.Lanes,
            PacketsPerLane = variant.PacketsPerLane,
            RowsPerTeam = variant.RowsPerTeam,
            GroupSize = group,
            Groups = groups,
            GroupsPerMultiprocessor = groupsPerMultiprocessor,
            Span = variant.Widest.Columns,
            PartialRows = isBlock ? groups : groups * (group / WarpSum.WarpSize),
        };
    }

    /// <summary>The geometry of the portable kernel.</summary>
    /// <param name="shape">A row of X.</param>
    /// <param name="rows">N, at least 1.</param>
    /// <param name="groupSize">Lanes a group.</param>
    /// <param name="maximumGroups">Groups at most.</param>
    public static PassGeometry Portable(RowShape shape, long rows, int groupSize, int maximumGroups)
    {
        // As many lanes a row as it has packets, but no more than load a stretch of 512 bytes side by side; and no more
        // than the group has.
        int lanes = 1;
        while (lanes < shape.Packets && lanes < 32 && lanes < groupSize)
            lanes *= 2;
        int tileRows = Math.Min(PortablePass.MaximumTileRows, PortablePass.MaximumDots / lanes);
        int groups = GroupsFor(rows, tileRows, maximumGroups);

        // Tiles no larger than so many rounds need: in a last round of few tiles most groups would have none.
        long rounds = DivideUp(rows, (long)tileRows * groups);
        tileRows = (int)DivideUp(rows, rounds * groups);
        return new PassGeometry
        {
            Format = shape.Format,
            Family = PassFamily.Portable,
            GroupSize = groupSize,
            Groups = groups,
            Span = shape.Columns,
            PartialRows = groups * PortablePass.Slices(groupSize, shape.Packets),
            Tile = new PortableTile(tileRows, lanes),
        };
    }

    private static int GroupsFor(long rows, int rowsPerGroup, int maximum) =>
        (int)Math.Clamp(DivideUp(rows, rowsPerGroup), 1, maximum);

    private static long DivideUp(long dividend, long divisor) => (dividend + divisor - 1) / divisor;
}
