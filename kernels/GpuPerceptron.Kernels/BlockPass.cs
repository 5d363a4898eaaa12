using ILGPU;

namespace GpuPerceptron.Kernels;

/// <summary>
/// The fused pass for rows too wide for one warp's registers, up to 8,192 features: a group of up to 8 warps a row.
/// </summary>
/// <remarks>Bytes, flops and floor are those of <see cref="WarpPass"/>; a row costs one group barrier besides.</remarks>
public static class BlockPass
{
    /// <summary>Warps a group, at most.</summary>
    public const int MaximumWarps = 8;

    /// <summary>The kernel. Each group owns one row of the partials.</summary>
    /// <typeparam name="TChunk">A lane's share of a row; with the group's lanes it covers all columns.</typeparam>
    /// <typeparam name="TLoss">ℓ.</typeparam>
    /// <param name="pass">The arguments.</param>
    public static void Kernel<TChunk, TLoss>(PassArguments pass)
        where TChunk : unmanaged, IChunk<TChunk>
        where TLoss : unmanaged, ILoss
    {
        // The warps' dot products, of odd and of even rows: a warp can be one barrier ahead of another, not two.
        var dots = SharedMemory.Allocate<float>(2 * MaximumWarps);

        int lanes = Group.DimX;
        int column = Group.IdxX;
        int warp = Group.IdxX / WarpSum.WarpSize;
        int warps = lanes / WarpSum.WarpSize;
        int span = default(TChunk).Count * lanes;

        var weights = default(TChunk).Load(pass.Parameters, column, lanes, span - 1);
        float bias = pass.Parameters[span].X;

        int slot = 0;
        long row = Grid.IdxX;
        while (row < pass.Rows)
        {
            TChunk gradient = default;
            float residuals = 0f, losses = 0f;
            for (int i = 0; i < WarpPass.SweepsPerFlush && row < pass.Rows; i++, row += Grid.DimX)
            {
                var x = default(TChunk).Load(pass.Row(row), column, lanes, pass.Columns - 1);
                float dot = WarpSum.OverLanes(x.Dot(weights), WarpSum.WarpSize);
                if (Warp.LaneIdx == 0)
                    dots[slot + warp] = dot;
                Group.Barrier();
                float logit = bias;
                for (int j = 0; j < warps; j++)
                    logit += dots[slot + j];
                slot = MaximumWarps - slot;

                var term = default(TLoss).Evaluate(logit, pass.Labels[row]);
                float sampleWeight = pass.SampleWeight(row);
                float residual = sampleWeight * term.Residual;
                losses += sampleWeight * term.Loss;
                residuals += residual;
                gradient = gradient.AddScaled(residual, x);
            }

            gradient.AddTo(pass, Grid.IdxX, column, lanes);
            if (column == 0)
                pass.AddToPartial(Grid.IdxX, residuals, losses);
        }
    }
}
