using ILGPU.Runtime;

namespace GpuPerceptron.Kernels;

/// <summary>The pass's kernels.</summary>
public enum PassFamily
{
    /// <summary><see cref="WarpPass"/>: up to 1,024 features, CUDA.</summary>
    Warp,

    /// <summary><see cref="BlockPass"/>: up to 8,192 features, CUDA.</summary>
    Block,

    /// <summary><see cref="PortablePass"/>: any width, any device.</summary>
    Portable,
}

/// <summary>Which kernel a pass over a matrix of a given shape runs on a given device, and in which groups.</summary>
/// <remarks>The grid is persistent: as many groups as the device holds at once, each of which takes rows in turn.</remarks>
public readonly record struct PassGeometry
{
    private const int GroupSizeOnGpus = 128;
    private const int PortableGroupSizeOnGpus = 256;
    private const int PortableGroupsPerMultiprocessor = 4;

    // Lanes a row and float4s a lane, narrowest first. Several float4s a lane share one loss, one set of shuffles and one
    // loop, and are several loads in flight; two neighbouring lanes load a whole sector, four load two. Past 1,024
    // features a row takes several warps.
    private static readonly (int Lanes, int Chunks)[] Variants =
        [(2, 1), (2, 2), (4, 2), (4, 4), (8, 4), (16, 4), (32, 4), (32, 8), (64, 8), (128, 8), (256, 8)];

    /// <summary>Float4s a row, at most, of the kernels in registers: 8,192 features.</summary>
    public const int MaximumColumnsInRegisters = 8 * WarpSum.WarpSize * BlockPass.MaximumWarps;

    /// <summary>The kernel.</summary>
    public PassFamily Family { get; private init; }

    /// <summary>Float4s that a lane holds (warp and block families): 1, 2, 4 or 8.</summary>
    public int ChunkCount { get; private init; }

    /// <summary>Lanes that share a row (warp and block families).</summary>
    public int Lanes { get; private init; }

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
    /// <param name="columns">C, float4s a row.</param>
    /// <param name="rows">N, at least 1.</param>
    public static PassGeometry For(Accelerator accelerator, int columns, long rows)
    {
        int multiprocessors = accelerator.NumMultiprocessors;
        return accelerator.AcceleratorType switch
        {
            AcceleratorType.Cuda when columns <= MaximumColumnsInRegisters =>
                InRegisters(columns, rows, multiprocessors, accelerator.MaxNumThreadsPerMultiprocessor, GroupSizeOnGpus),

            // The emulator's lanes are threads: what it holds at once is all that is worth starting.
            AcceleratorType.CPU => Portable(columns, rows, accelerator.MaxNumThreadsPerGroup, multiprocessors),
            _ => Portable(columns, rows, Math.Min(PortableGroupSizeOnGpus, accelerator.MaxNumThreadsPerGroup),
                multiprocessors * PortableGroupsPerMultiprocessor),
        };
    }

    /// <summary>The geometry of the warp family, or for rows of more than 1,024 features of the block family.</summary>
    /// <param name="columns">C, at most 2,048.</param>
    /// <param name="rows">N, at least 1.</param>
    /// <param name="multiprocessors">The device's multiprocessors.</param>
    /// <param name="lanesPerMultiprocessor">Lanes that a multiprocessor holds at most.</param>
    /// <param name="groupSize">Lanes a group in the warp family, a multiple of 32.</param>
    public static PassGeometry InRegisters(
        int columns, long rows, int multiprocessors, int lanesPerMultiprocessor, int groupSize)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(columns, MaximumColumnsInRegisters);

        var (lanes, chunks) = Variants.First(variant => variant.Lanes * variant.Chunks >= columns);
        bool isBlock = lanes > WarpSum.WarpSize;

        // Lanes that a multiprocessor's 65,536 registers are enough for without spilling, by what ptxas gives each kernel
        // for sm_90: at most 46, 60, 90, 144 and, for a block a row, 123 registers.
        int resident = Math.Min(lanesPerMultiprocessor, chunks switch { 1 => 1280, 2 => 1024, 4 => 640, _ => isBlock ? 512 : 384 });
        int group = isBlock ? lanes : groupSize;
        int groupsPerMultiprocessor = Math.Max(1, resident / group);
        int groups = GroupsFor(rows, group / lanes, multiprocessors * groupsPerMultiprocessor);
        return new PassGeometry
        {
            Family = isBlock ? PassFamily.Block : PassFamily.Warp,
            ChunkCount = chunks,
            Lanes = lanes,
            GroupSize = group,
            Groups = groups,
            GroupsPerMultiprocessor = groupsPerMultiprocessor,
            Span = chunks * lanes,
            PartialRows = isBlock ? groups : groups * (group / WarpSum.WarpSize),
        };
    }

    /// <summary>The geometry of the portable kernel.</summary>
    /// <param name="columns">C.</param>
    /// <param name="rows">N, at least 1.</param>
    /// <param name="groupSize">Lanes a group.</param>
    /// <param name="maximumGroups">Groups at most.</param>
    public static PassGeometry Portable(int columns, long rows, int groupSize, int maximumGroups)
    {
        // As many lanes a row as it has float4s, but no more than load a stretch of 512 bytes side by side; and no more
        // than the group has.
        int lanes = 1;
        while (lanes < columns && lanes < 32 && lanes < groupSize)
            lanes *= 2;
        int tileRows = Math.Min(PortablePass.MaximumTileRows, PortablePass.MaximumDots / lanes);
        int groups = GroupsFor(rows, tileRows, maximumGroups);
        return new PassGeometry
        {
            Family = PassFamily.Portable,
            GroupSize = groupSize,
            Groups = groups,
            Span = columns,
            PartialRows = groups * PortablePass.Slices(groupSize, columns),
            Tile = new PortableTile(tileRows, lanes),
        };
    }

    private static int GroupsFor(long rows, int rowsPerGroup, int maximum) =>
        (int)Math.Clamp((rows + rowsPerGroup - 1) / rowsPerGroup, 1, maximum);
}
