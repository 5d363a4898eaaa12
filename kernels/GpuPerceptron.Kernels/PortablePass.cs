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
/// A tile is small enough for a cache, so that of its two reads, for the logits and for the gradient, one comes from
/// memory: the floor is <see cref="WarpPass"/>'s, 16NC bytes over the bandwidth. The float64 partials add 64 bytes a
/// float4 for each tile, to the tile's 16 a row.
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
    /// <typeparam name="TLoss">ℓ.</typeparam>
    /// <param name="pass">The arguments.</param>
    /// <param name="tile">The tile.</param>
    public static void Kernel<TLoss>(PassArguments pass, PortableTile tile)
        where TLoss : unmanaged, ILoss
    {
        var dots = SharedMemory.Allocate<float>(MaximumDots);
        var residuals = SharedMemory.Allocate<float>(MaximumTileRows);
        var losses = SharedMemory.Allocate<float>(MaximumTileRows);

        int lane = Group.IdxX;
        int group = Group.DimX;
        int columns = pass.Columns;
        float bias = pass.Parameters[columns].X;

        // Narrow rows: the lanes are slices of columns + 1 lanes each (the last for what belongs to no feature), which
        // share the tile's rows. Wide rows: one slice, whose lanes go over the columns in turn.
        int width = columns + 1;
        int slices = Slices(group, columns);
        int slice = width < group ? lane / width : 0;
        int firstColumn = width < group ? lane % width : lane;

        for (long start = (long)Grid.IdxX * tile.Rows; start < pass.Rows; start += (long)Grid.DimX * tile.Rows)
        {
            int rows = (int)IntrinsicMath.Min(tile.Rows, pass.Rows - start);

            // Each row's inner product, in parts.
            for (int i = lane; i < rows * tile.Lanes; i += group)
            {
                long row = (start + i / tile.Lanes) * columns;
                float dot = 0f;
                for (int c = i % tile.Lanes; c < columns; c += tile.Lanes)
                    dot += Float4.Dot(pass.Features[row + c], pass.Parameters[c]);
                dots[i] = dot;
            }

            Group.Barrier();

            // Each row's logit, loss and residual.
            for (int i = lane; i < rows; i += group)
            {
                float logit = bias;
                for (int j = 0; j < tile.Lanes; j++)
                    logit += dots[i * tile.Lanes + j];
                var term = default(TLoss).Evaluate(logit, pass.Labels[start + i]);
                float sampleWeight = pass.SampleWeight(start + i);
                residuals[i] = sampleWeight * term.Residual;
                losses[i] = sampleWeight * term.Loss;
            }

            Group.Barrier();

            // The tile's part of the gradient. The next tile's first phase writes nothing that is read here.
            if (slice < slices)
            {
                int partialRow = Grid.IdxX * slices + slice;
                for (int c = firstColumn; c < columns; c += group)
                {
                    Float4 sums = default;
                    for (int i = slice; i < rows; i += slices)
                        sums = Float4.MultiplyAdd(residuals[i], pass.Features[(start + i) * columns + c], sums);
                    pass.AddToPartial(partialRow, c, sums);
                }

                if (firstColumn == columns % group)
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

    /// <summary>Rows of the partials that a group owns.</summary>
    /// <param name="group">Lanes a group.</param>
    /// <param name="columns">C.</param>
    public static int Slices(int group, int columns) => IntrinsicMath.Max(1, group / (columns + 1));
}
