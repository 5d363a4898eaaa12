using ILGPU;

namespace GpuPerceptron.Kernels;

/// <summary>How a group of the portable kernel cuts its work.</summary>
/// <param name="rows">Rows a tile.</param>
/// <param name="lanes">Lanes that share a row's inner product.</param>
public readonly struct PortableTile(int rows, int lanes)
{
    /// <summary>Rows a tile, at most <see cref="PortablePass.MaximumTileRows"/>.</summary>
    public int Rows { get; } = rows;

    /// <summary>
    /// Lanes that share a row's inner product; times <see cref="Rows"/> at most <see cref="PortablePass.MaximumDots"/>.
    /// </summary>
    public int Lanes { get; } = lanes;
}

/// <summary>
/// The fused pass for any device and any width: static shared memory and two group barriers a tile of rows, no warp
/// operations, no atomics.
/// </summary>
/// <remarks>
/// A tile is read twice, for the logits and for the gradient. Where rows are narrow enough for the tiles of all groups to
/// fit in a cache, one of the two reads comes from memory, and the floor is <see cref="WarpPass"/>'s; else both do, and it
/// is twice that. The float64 partials add 64 bytes a float4 of gradient for each tile and slice.
/// </remarks>
public static class PortablePass
{
    /// <summary>Rows a tile, at most.</summary>
    public const int MaximumTileRows = 256;

    /// <summary>Parts of inner products a tile, at most. With the residuals and losses 10 KiB of shared memory.</summary>
    public const int MaximumDots = 2048;

    /// <summary>
    /// The kernel. Each group owns <see cref="Slices"/> rows of the partials; tiles are dealt to the groups in turn.
    /// </summary>
    /// <typeparam name="TChunk">A packet's values.</typeparam>
    /// <typeparam name="TLoss">ℓ.</typeparam>
    /// <param name="pass">The arguments.</param>
    /// <param name="tile">The tile.</param>
    public static void Kernel<TChunk, TLoss>(PassArguments pass, PortableTile tile)
        where TChunk : unmanaged, IChunk<TChunk>
        where TLoss : unmanaged, ILoss
    {
        var dots = SharedMemory.Allocate<float>(MaximumDots);
        var residuals = SharedMemory.Allocate<float>(MaximumTileRows);
        var losses = SharedMemory.Allocate<float>(MaximumTileRows);

        int lane = Group.IdxX;
        int group = Group.DimX;
        int packets = pass.Packets;

        // Narrow rows: the lanes are slices of packets + 1 lanes each (the last for what belongs to no feature), which
        // share the tile's rows. Wide rows: one slice, whose lanes go over the packets in turn.
        int width = packets + 1;
        int slices = Slices(group, packets);
        int slice = width < group ? lane / width : 0;
        int firstPacket = width < group ? lane % width : lane;

        for (long start = (long)Grid.IdxX * tile.Rows; start < pass.Rows; start += (long)Grid.DimX * tile.Rows)
        {
            int rows = (int)IntrinsicMath.Min(tile.Rows, pass.Rows - start);

            // Each row's inner product, in parts.
            SetDots<TChunk>(pass, start, rows, tile.Lanes, dots);
            Group.Barrier();

            // Each row's logit, loss and residual.
            for (int i = lane; i < rows; i += group)
            {
                var term = default(TLoss).Evaluate(Logit(pass, tile.Lanes, dots, i), pass.Labels[start + i]);
                float sampleWeight = pass.SampleWeight(start + i);
                residuals[i] = sampleWeight * term.Residual;
                losses[i] = sampleWeight * term.Loss;
            }

            Group.Barrier();

            // The tile's part of the gradient. The next tile's first phase writes nothing that is read here.
            if (slice < slices)
            {
                int partialRow = Grid.IdxX * slices + slice;
                for (int p = firstPacket; p < packets; p += group)
                {
                    TChunk sums = default;
                    for (int i = slice; i < rows; i += slices)
                        sums = sums.AddScaled(residuals[i], default(TChunk).Load(pass.Row(start + i), p, 1, p));
                    sums.AddTo(pass, partialRow, p, 1);
                }

                if (firstPacket == packets % group)
                {
                    float residualSum = 0f, lossSum = 0f;
                    for (int i = slice; i < rows; i += slices)
                    {
                        residualSum += residuals[i];
                        lossSum += losses[i];
                    }

                    pass.AddToPartial(partialRow, residualSum, lossSum);
                }
            }
        }
    }

    /// <summary>A group's first phase: each row's inner product with the weights, in parts.</summary>
    /// <typeparam name="TChunk">A packet's values.</typeparam>
    /// <param name="pass">The arguments.</param>
    /// <param name="start">The tile's first row.</param>
    /// <param name="rows">Its rows.</param>
    /// <param name="lanes">Parts a row.</param>
    /// <param name="dots">rows × lanes; overwritten.</param>
    internal static void SetDots<TChunk>(PassArguments pass, long start, int rows, int lanes, ArrayView<float> dots)
        where TChunk : unmanaged, IChunk<TChunk>
    {
        for (int i = Group.IdxX; i < rows * lanes; i += Group.DimX)
        {
            var row = pass.Row(start + i / lanes);
            float dot = 0f;
            for (int p = i % lanes; p < pass.Packets; p += lanes)
                dot += default(TChunk).Load(row, p, 1, p).Dot(default(TChunk).LoadWeights(pass.Parameters, p, 1));
            dots[i] = dot;
        }
    }

    /// <summary>A row's logit.</summary>
    /// <param name="pass">The arguments.</param>
    /// <param name="lanes">Parts a row.</param>
    /// <param name="dots">The parts.</param>
    /// <param name="row">The tile's row.</param>
    internal static float Logit(PassArguments pass, int lanes, ArrayView<float> dots, int row)
    {
        float logit = pass.Parameters[pass.Columns].X;
        for (int j = 0; j < lanes; j++)
            logit += dots[row * lanes + j];
        return logit;
    }

    /// <summary>Rows of the partials that a group owns.</summary>
    /// <param name="group">Lanes a group.</param>
    /// <param name="packets">P.</param>
    public static int Slices(int group, int packets) => IntrinsicMath.Max(1, group / (packets + 1));
}
