using ILGPU;

namespace GpuPerceptron.Kernels;

/// <summary>
/// The fused pass for rows of up to 1,024 features on GPUs with warps of 32 lanes: teams of 2 to 32 lanes that take one or
/// several rows at a time, and the rows, the weights and the gradient in registers, so that X is read once and nothing
/// else is written but partial sums.
/// </summary>
/// <remarks>
/// On paper, for a row of P packets and M features: 16P bytes of X and 4 of label (and 4 of weight where there are any);
/// 4M operations and about 40 for the loss, some tenth of what a GPU can do for each byte that it loads. The floor is the
/// time to read X: 16NP bytes over the memory's bandwidth. docs/kernels.md has the bytes in flight and what the compiler
/// makes of each variant.
/// </remarks>
public static class WarpPass
{
    /// <summary>
    /// Rows that a team sums in float32 before it adds them to the float64 partials. So much of X goes by in between that
    /// the partials have left the cache: they cost 64 bytes a float4 of gradient, 1/64 of the 16 bytes × 256 rows.
    /// </summary>
    public const int RowsPerFlush = 256;

    /// <summary>The kernel. Groups are whole warps; each warp owns one row of the partials.</summary>
    /// <typeparam name="TRows">The rows that a team takes at a time.</typeparam>
    /// <typeparam name="TChunk">A lane's share of a row; with <typeparamref name="TLanes"/> it covers all packets.</typeparam>
    /// <typeparam name="TLanes">Lanes a team, at least as many as it takes rows.</typeparam>
    /// <typeparam name="TLoss">ℓ.</typeparam>
    /// <param name="pass">The arguments.</param>
    public static void Kernel<TRows, TChunk, TLanes, TLoss>(PassArguments pass)
        where TRows : unmanaged, IRows<TRows, TChunk>
        where TChunk : unmanaged, IChunk<TChunk>
        where TLanes : unmanaged, ILanes
        where TLoss : unmanaged, ILoss
    {
        int lanes = default(TLanes).Count;
        int teams = WarpSum.WarpSize / lanes;
        int lane = Warp.LaneIdx;
        int packet = lane & (lanes - 1);
        int team = lane / lanes;
        int warp = (Grid.IdxX * Group.DimX + Group.IdxX) / WarpSum.WarpSize;
        int warps = Grid.DimX * Group.DimX / WarpSum.WarpSize;

        // A warp takes consecutive rows, each of its loads a stretch of one row a team. A lane evaluates the loss of one
        // of its team's rows, which so many lanes have in common:
        int rows = default(TRows).Count * teams;
        int sharers = lanes / default(TRows).Count;
        int own = packet / sharers * teams + team;

        var weights = default(TChunk).LoadWeights(pass.Parameters, packet, lanes);
        float bias = pass.Parameters[default(TChunk).Columns * lanes].X;

        // All lanes of a warp stay in step and take part in each shuffle: past the last row that one is taken, with weight 0.
        long first = (long)warp * rows;
        while (first < pass.Rows)
        {
            TChunk gradient = default;
            float residuals = 0f, losses = 0f;
            for (int i = 0; i < RowsPerFlush / default(TRows).Count && first < pass.Rows; i++, first += (long)warps * rows)
            {
                // All that comes from memory is asked for before the first shuffle waits for any of it. The barrier costs
                // next to nothing: it keeps the compiler from moving a load behind it.
                var x = default(TRows).Load(pass, first + team, teams, packet, lanes);
                long row = IntrinsicMath.Min(first + own, pass.Rows - 1);
                float label = pass.Labels[row];
                float sampleWeight = first + own < pass.Rows ? pass.SampleWeight(row) : 0f;
                Warp.Barrier();

                float logit = WarpSum.OverLanes(x.Dot(weights, packet, lanes), sharers) + bias;
                var term = default(TLoss).Evaluate(logit, label);
                float residual = sampleWeight * term.Residual;
                losses += sampleWeight * term.Loss;
                residuals += residual;
                gradient = x.AddScaledTo(gradient, residual, packet, lanes);
            }

            gradient = gradient.SumOverTeams(lanes);
            residuals = WarpSum.OverTeams(residuals, sharers);
            losses = WarpSum.OverTeams(losses, sharers);
            if (team == 0)
                gradient.AddTo(pass, warp, packet, lanes);
            if (lane == 0)
                pass.AddToPartial(warp, residuals, losses);
        }
    }
}
