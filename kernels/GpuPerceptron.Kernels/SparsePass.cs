using ILGPU;

namespace GpuPerceptron.Kernels;

/// <summary>What the forward kernel is launched with: a part of X by rows (CSR), and what is known and asked of each row.</summary>
public readonly struct SparseForwardArguments
{
    /// <summary>N, of the part.</summary>
    public required long Rows { get; init; }

    /// <summary>Lanes that share a row, a divisor of the group's.</summary>
    public required int Lanes { get; init; }

    /// <summary>Where each row's values start: N + 1.</summary>
    public required ArrayView<int> Starts { get; init; }

    /// <summary>The values' columns.</summary>
    public required ArrayView<int> Columns { get; init; }

    /// <summary>The values.</summary>
    public required ArrayView<float> Values { get; init; }

    /// <summary>y: N.</summary>
    public required ArrayView<float> Labels { get; init; }

    /// <summary>s: N, or a single 1 where every weight is 1.</summary>
    public required ArrayView<float> SampleWeights { get; init; }

    /// <summary>w, then b: M + 1.</summary>
    public required ArrayView<float> Parameters { get; init; }

    /// <summary>s ∂ℓ/∂v: N; overwritten.</summary>
    public required ArrayView<float> Residuals { get; init; }

    /// <summary>s ℓ: N; overwritten.</summary>
    public required ArrayView<float> Losses { get; init; }

    /// <summary>s r(1 − r) with r = |∂ℓ/∂v|, which is s z(1 − z) for the logistic loss: N; overwritten.</summary>
    public required ArrayView<float> Curvatures { get; init; }
}

/// <summary>What the backward kernel is launched with: a part of X by columns (CSC), cut into segments of one column each.</summary>
public readonly struct SparseBackwardArguments
{
    /// <summary>Segments.</summary>
    public required long Segments { get; init; }

    /// <summary>Lanes that share a segment, a divisor of the group's.</summary>
    public required int Lanes { get; init; }

    /// <summary>1 to multiply residuals by the values, 2 by their squares.</summary>
    public required int Power { get; init; }

    /// <summary>Where each segment starts: one more than there are.</summary>
    public required ArrayView<int> Starts { get; init; }

    /// <summary>The values' rows, within the part.</summary>
    public required ArrayView<int> Rows { get; init; }

    /// <summary>The values.</summary>
    public required ArrayView<float> Values { get; init; }

    /// <summary>One a row.</summary>
    public required ArrayView<float> Residuals { get; init; }

    /// <summary>One a segment; overwritten.</summary>
    public required ArrayView<double> Sums { get; init; }
}

/// <summary>
/// The pass over a part of sparse features: rows forward, columns backward, and sums of what both leave, added to those of the parts
/// before. Static shared memory, no warp operations, no atomics: every sum has one owner and a fixed order.
/// </summary>
/// <remarks>
/// X is read twice, by rows and by columns, 8 bytes a value each; the weights and the residuals are gathered from the caches.
/// </remarks>
public static class SparsePass
{
    /// <summary>Lanes a group, at most.</summary>
    public const int MaximumGroup = 256;

    /// <summary>Groups that are launched for each multiprocessor: as many of 256 lanes as it holds.</summary>
    public const int GroupsPerMultiprocessor = 8;

    /// <summary>Sums of rows that <see cref="Totals"/> leaves: of residuals, then of losses, each of every so-many-th row.</summary>
    public const int TotalLanes = 4096;

    /// <summary>Each row's residual, loss and curvature.</summary>
    /// <typeparam name="TLoss">ℓ.</typeparam>
    /// <param name="pass">The arguments.</param>
    public static void Forward<TLoss>(SparseForwardArguments pass)
        where TLoss : unmanaged, ILoss
    {
        var dots = SharedMemory.Allocate<float>(MaximumGroup);
        int lane = Group.IdxX;
        int tile = Group.DimX / pass.Lanes;
        for (long start = (long)Grid.IdxX * tile; start < pass.Rows; start += (long)Grid.DimX * tile)
        {
            long row = start + lane / pass.Lanes;
            float dot = 0f;
            if (row < pass.Rows)
            {
                long end = pass.Starts[row + 1];
                for (long k = pass.Starts[row] + lane % pass.Lanes; k < end; k += pass.Lanes)
                    dot += pass.Values[k] * pass.Parameters[pass.Columns[k]];
            }

            dots[lane] = dot;
            Group.Barrier();
            long mine = start + lane;
            if (lane < tile && mine < pass.Rows)
            {
                float logit = pass.Parameters[pass.Parameters.Length - 1];
                for (int i = 0; i < pass.Lanes; i++)
                    logit += dots[lane * pass.Lanes + i];
                var term = default(TLoss).Evaluate(logit, pass.Labels[mine]);
                float s = pass.SampleWeights[IntrinsicMath.Min(mine, pass.SampleWeights.Length - 1)];
                float r = IntrinsicMath.Abs(term.Residual);
                pass.Residuals[mine] = s * term.Residual;
                pass.Losses[mine] = s * term.Loss;
                pass.Curvatures[mine] = s * r * (1f - r);
            }

            Group.Barrier();
        }
    }

    /// <summary>Each segment's sum of residuals times values, in float64.</summary>
    /// <param name="pass">The arguments.</param>
    public static void Backward(SparseBackwardArguments pass)
    {
        var parts = SharedMemory.Allocate<double>(MaximumGroup);
        int lane = Group.IdxX;
        int tile = Group.DimX / pass.Lanes;
        for (long start = (long)Grid.IdxX * tile; start < pass.Segments; start += (long)Grid.DimX * tile)
        {
            long segment = start + lane / pass.Lanes;
            double sum = 0;
            if (segment < pass.Segments)
            {
                long end = pass.Starts[segment + 1];
                for (long k = pass.Starts[segment] + lane % pass.Lanes; k < end; k += pass.Lanes)
                {
                    double value = pass.Values[k];
                    double factor = pass.Power == 1 ? value : value * value;
                    sum += factor * pass.Residuals[pass.Rows[k]];
                }
            }

            parts[lane] = sum;
            Group.Barrier();
            if (lane < tile && start + lane < pass.Segments)
            {
                double total = 0;
                for (int i = 0; i < pass.Lanes; i++)
                    total += parts[lane * pass.Lanes + i];
                pass.Sums[start + lane] = total;
            }

            Group.Barrier();
        }
    }

    /// <summary>Adds each column's segments to its sum.</summary>
    /// <param name="index">Which of the columns that have values.</param>
    /// <param name="columns">Their numbers, each once.</param>
    /// <param name="firsts">Each one's first segment: one more than there are.</param>
    /// <param name="segments">The segments' sums.</param>
    /// <param name="sums">One a feature; added to.</param>
    public static void Columns(
        Index1D index, ArrayView<int> columns, ArrayView<int> firsts, ArrayView<double> segments, ArrayView<double> sums)
    {
        double sum = 0;
        for (int segment = firsts[index]; segment < firsts[index + 1]; segment++)
            sum += segments[segment];
        sums[columns[index]] += sum;
    }

    /// <summary>Adds every <see cref="TotalLanes"/>-th row's residual and loss to sums.</summary>
    /// <param name="index">The first of them, below <see cref="TotalLanes"/>.</param>
    /// <param name="residuals">One a row.</param>
    /// <param name="losses">One a row.</param>
    /// <param name="sums">The residuals' sums, then the losses'; added to.</param>
    public static void Totals(Index1D index, ArrayView<float> residuals, ArrayView<float> losses, ArrayView<double> sums)
    {
        double residual = 0, loss = 0;
        for (long row = index; row < residuals.Length; row += TotalLanes)
        {
            residual += residuals[row];
            loss += losses[row];
        }

        sums[index] += residual;
        sums[index + TotalLanes] += loss;
    }
}
