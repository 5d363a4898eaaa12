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
            bool hasHalfInstruction = accelerator.AcceleratorType == AcceleratorType.Cuda;
            var portable = accelerator.Load(Portable<TLoss>(geometry.Format, hasHalfInstruction), accelerator.LoadStreamKernel);
            return arguments => portable(config, arguments, geometry.Tile);
        }

        var kernel = accelerator.Load(InRegisters<TLoss>(geometry), Specialization(geometry), accelerator.LoadStreamKernel);
        return arguments => kernel(config, arguments);
    }

    /// <summary>The reduction of a pass's partials to their sums.</summary>
    /// <param name="accelerator">The device.</param>
    /// <param name="partialRows">Rows of the partials.</param>
    /// <param name="columns">C.</param>
    /// <returns>Takes the partials, <paramref name="partialRows"/> × (C + 1) × 4, and where to write their 4(C + 1) sums.</returns>
    public static Action<ArrayView<double>, ArrayView<double>> LoadReduction(Accelerator accelerator, int partialRows, int columns)
    {
        return LoadEntriesReduction(accelerator, partialRows, (columns + 1) * Float4.Count);
    }

    /// <summary>The reduction of any partials.</summary>
    /// <param name="accelerator">The device.</param>
    /// <param name="partialRows">Rows of the partials.</param>
    /// <param name="entries">Entries a row.</param>
    internal static Action<ArrayView<double>, ArrayView<double>> LoadEntriesReduction(
        Accelerator accelerator, int partialRows, int entries)
    {
        int lanes = Math.Min(PartialsReduction.MaximumLanes, accelerator.MaxNumThreadsPerGroup);
        int share = Math.Min(Float4.Count, lanes);
        int slots = Math.Min(lanes / share, partialRows);
        int groups = (entries + share - 1) / share;
        var kernel = accelerator.Load<Action<int, int, int, ArrayView<double>, ArrayView<double>>,
            Action<KernelConfig, int, int, int, ArrayView<double>, ArrayView<double>>>(
            PartialsReduction.Kernel, accelerator.LoadStreamKernel);
        return (partials, sums) =>
            kernel(new KernelConfig(groups, slots * share), partialRows, entries, slots, partials, sums);
    }

    /// <summary>The portable kernel.</summary>
    /// <typeparam name="TLoss">ℓ.</typeparam>
    /// <param name="format">What X is stored in.</param>
    /// <param name="hasHalfInstruction">Whether the device turns float16 into float32 itself.</param>
    public static Action<PassArguments, PortableTile> Portable<TLoss>(PacketFormat format, bool hasHalfInstruction)
        where TLoss : unmanaged, ILoss => (format, hasHalfInstruction) switch
        {
            (PacketFormat.Float32, _) => PortablePass.Kernel<Float4Chunk, TLoss>,
            (_, true) => PortablePass.Kernel<HalfChunk<HalfInstruction>, TLoss>,
            (_, false) => PortablePass.Kernel<HalfChunk<HalfArithmetic>, TLoss>,
        };

    /// <summary>The kernel of the warp or the block family that a geometry names.</summary>
    /// <typeparam name="TLoss">ℓ.</typeparam>
    /// <param name="geometry">From <see cref="PassGeometry.InRegisters"/>.</param>
    public static Action<PassArguments> InRegisters<TLoss>(PassGeometry geometry)
        where TLoss : unmanaged, ILoss => geometry.Format == PacketFormat.Float16
            ? WithPackets<HalfChunk<HalfInstruction>, TLoss>(geometry)
            : WithPackets<Float4Chunk, TLoss>(geometry);

    /// <summary>What the compiler is told of a kernel of the warp or the block family.</summary>
    /// <param name="geometry">From <see cref="PassGeometry.InRegisters"/>.</param>
    public static KernelSpecialization Specialization(PassGeometry geometry) =>
        new(geometry.GroupSize, geometry.GroupsPerMultiprocessor);

    private static Action<PassArguments> WithPackets<TPacket, TLoss>(PassGeometry geometry)
        where TPacket : unmanaged, IChunk<TPacket>
        where TLoss : unmanaged, ILoss => geometry.PacketsPerLane switch
        {
            1 => WithLanes<TPacket, TLoss>(geometry),
            2 => WithLanes<Pair<TPacket>, TLoss>(geometry),
            4 => WithLanes<Pair<Pair<TPacket>>, TLoss>(geometry),
            8 => WithLanes<Pair<Pair<Pair<TPacket>>>, TLoss>(geometry),
            _ => throw NoKernel(geometry),
        };

    private static Action<PassArguments> WithLanes<TChunk, TLoss>(PassGeometry geometry)
        where TChunk : unmanaged, IChunk<TChunk>
        where TLoss : unmanaged, ILoss => (geometry.Family, geometry.Lanes) switch
        {
            (PassFamily.Block, _) => BlockPass.Kernel<TChunk, TLoss>,
            (PassFamily.Warp, 2) => WithRows<TChunk, Lanes2, TLoss>(geometry),
            (PassFamily.Warp, 4) => WithRows<TChunk, Lanes4, TLoss>(geometry),
            (PassFamily.Warp, 8) => WithRows<TChunk, Lanes8, TLoss>(geometry),
            (PassFamily.Warp, 16) => WithRows<TChunk, Lanes16, TLoss>(geometry),
            (PassFamily.Warp, 32) => WithRows<TChunk, Lanes32, TLoss>(geometry),
            _ => throw NoKernel(geometry),
        };

    private static Action<PassArguments> WithRows<TChunk, TLanes, TLoss>(PassGeometry geometry)
        where TChunk : unmanaged, IChunk<TChunk>
        where TLanes : unmanaged, ILanes
        where TLoss : unmanaged, ILoss => geometry.RowsPerTeam switch
        {
            1 => WarpPass.Kernel<Row<TChunk>, TChunk, TLanes, TLoss>,
            2 => WarpPass.Kernel<RowPair<Row<TChunk>, TChunk>, TChunk, TLanes, TLoss>,
            4 => WarpPass.Kernel<RowPair<RowPair<Row<TChunk>, TChunk>, TChunk>, TChunk, TLanes, TLoss>,
            _ => throw NoKernel(geometry),
        };

    private static ArgumentException NoKernel(PassGeometry geometry) => new($"no kernel in registers for {geometry}", nameof(geometry));
}
