using ILGPU;

namespace GpuPerceptron.Kernels;

/// <summary>
/// The fused pass for rows too wide for one warp's registers, up to 16,384 features: a group of up to 16 warps a row.
/// </summary>
/// <remarks>Bytes and operations are those of <see cref="WarpPass"/>; a row costs one group barrier besides.</remarks>
public static class BlockPass
{
    /// <summary>Warps a group, at most.</summary>
    public const int MaximumWarps = 16;

    /// <summary>The kernel. Each group owns one row of the partials.</summary>
    /// <typeparam name="TChunk">A lane's share of a row; with the group's lanes it covers all packets.</typeparam>
    /// <typeparam name="TLoss">ℓ.</typeparam>
    /// <param name="pass">The arguments.</param>
    public static void Kernel<TChunk, TLoss>(PassArguments pass)
        where TChunk : unmanaged, IChunk<TChunk>
        where TLoss : unmanaged, ILoss
    {
        // The warps' parts of inner products, zeros past the last warp; of odd and of even rows, since a warp can be one
        // barrier ahead of another, not two.
        var dots = SharedMemory.Allocate<float>(2 * MaximumWarps);
        int lanes = Group.DimX;
        int packet = Group.IdxX;
        int warp = packet / WarpSum.WarpSize;
        if (packet < 2 * MaximumWarps)
            dots[packet] = 0f;
        Group.Barrier();

        var weights = default(TChunk).LoadWeights(pass.Parameters, packet, lanes);
        float bias = pass.Parameters[default(TChunk).Columns * lanes].X;

        int slot = 0;
        long row = Grid.IdxX;
        while (row < pass.Rows)
        {
            TChunk gradient = default;
            float residuals = 0f, losses = 0f;
            for (int i = 0; i < WarpPass.RowsPerFlush && row < pass.Rows; i++, row += Grid.DimX)
            {
                // All that comes from memory is asked for before the first shuffle waits for any of it. The barrier costs
                // next to nothing: it keeps the compiler from moving a load behind it.
                var x = default(TChunk).Load(pass.Row(row), packet, lanes, pass.Packets - 1);
                float label = pass.Labels[row];
                float sampleWeight = pass.SampleWeight(row);
                Warp.Barrier();

                float dot = WarpSum.OverLanes(x.Dot(weights), WarpSum.WarpSize);
                if (Warp.LaneIdx == 0)
                    dots[slot + warp] = dot;
                Group.Barrier();
                float logit = WarpSum.OverLanes(dots[slot + (Warp.LaneIdx & (MaximumWarps - 1))], MaximumWarps) + bias;
                slot = MaximumWarps - slot;

                var term = default(TLoss).Evaluate(logit, label);
                float residual = sampleWeight * term.Residual;
                losses += sampleWeight * term.Loss;
                residuals += residual;
                gradient = gradient.AddScaled(residual, x);
            }

            gradient.AddTo(pass, Grid.IdxX, packet, lanes);
            if (packet == 0)
                pass.AddToPartial(Grid.IdxX, residuals, losses);
        }
    }
}
