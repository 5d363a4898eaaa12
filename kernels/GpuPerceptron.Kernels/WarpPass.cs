using ILGPU;

namespace GpuPerceptron.Kernels;

/// <summary>
/// The fused pass for rows of up to 1,024 features on GPUs with warps of 32 lanes: a team of 2 to 32 lanes a row, and the
/// row, the weights and the gradient in registers, so that X is read once and nothing else is written but partial sums.
/// </summary>
/// <remarks>
/// On paper, for N rows of C float4s (M features): 16NC bytes of X, 4N of labels (and 4N of weights where there are
/// any); 4M flops a row and about 40 for the loss, so roughly 1 flop a byte, far below what a GPU can do for each byte it
/// loads. The floor is the time to read X: 16NC bytes over the memory's bandwidth. The partials add at most 32 bytes read
/// and 32 written a float4 for every <see cref="SweepsPerFlush"/> rows, 1/16 of those rows' own 16 bytes each; a grid's
/// partials are some megabytes, so this goes to the L2 cache and not to memory.
/// </remarks>
public static class WarpPass
{
    /// <summary>Rows that a team sums in float32 before it adds them to the float64 partials.</summary>
    public const int SweepsPerFlush = 64;

    /// <summary>The kernel. Groups are whole warps; each warp owns one row of the partials.</summary>
    /// <typeparam name="TChunk">A lane's share of a row; with <typeparamref name="TLanes"/> it covers all columns.</typeparam>
    /// <typeparam name="TLanes">Lanes a row.</typeparam>
    /// <typeparam name="TLoss">ℓ.</typeparam>
    /// <param name="pass">The arguments.</param>
    public static void Kernel<TChunk, TLanes, TLoss>(PassArguments pass)
        where TChunk : unmanaged, IChunk<TChunk>
        where TLanes : unmanaged, ILanes
        where TLoss : unmanaged, ILoss
    {
        int lanes = default(TLanes).Count;
        int teams = WarpSum.WarpSize / lanes;
        int span = default(TChunk).Count * lanes;
        int lane = Warp.LaneIdx;
        int column = lane & (lanes - 1);
        int team = lane / lanes;
        int warp = (Grid.IdxX * Group.DimX + Group.IdxX) / WarpSum.WarpSize;
        int sweep = Grid.DimX * Group.DimX / WarpSum.WarpSize * teams;

        var weights = default(TChunk).Load(pass.Parameters, column, lanes, span - 1);
        float bias = pass.Parameters[span].X;

        // All teams of a warp stay in step, so that all lanes take part in each shuffle: a team without a row of its own
        // takes the last row, with weight 0.
        long last = pass.Rows - 1;
        long next = (long)warp * teams + team;
        int sweeps = (int)((pass.Rows - (long)warp * teams + sweep - 1) / sweep);
        while (sweeps > 0)
        {
            int batch = IntrinsicMath.Min(sweeps, SweepsPerFlush);
            sweeps -= batch;
            TChunk gradient = default;
            float residuals = 0f, losses = 0f;
            for (int i = 0; i < batch; i++, next += sweep)
            {
                long row = IntrinsicMath.Min(next, last);
                var x = default(TChunk).Load(pass.Row(row), column, lanes, pass.Columns - 1);
                float logit = WarpSum.OverLanes(x.Dot(weights), lanes) + bias;
                var term = default(TLoss).Evaluate(logit, pass.Labels[row]);
                float sampleWeight = next <= last ? pass.SampleWeight(row) : 0f;
                float residual = sampleWeight * term.Residual;
                losses += sampleWeight * term.Loss;
                residuals += residual;
                gradient = gradient.AddScaled(residual, x);
            }

            gradient = gradient.SumOverTeams(lanes);
            residuals = WarpSum.OverTeams(residuals, lanes);
            losses = WarpSum.OverTeams(losses, lanes);
            if (team == 0)
                gradient.AddTo(pass, warp, column, lanes);
            if (lane == 0)
                pass.AddToPartial(warp, residuals, losses);
        }
    }
}
