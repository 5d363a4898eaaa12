using ILGPU;

namespace GpuPerceptron.Kernels;

/// <summary>
/// The second kernel of a mini-batch step: sums the partials of the batch's pass as <see cref="PartialsReduction"/> does, and
/// where a sum is complete takes that parameter's step, in float64. The partials are left 0 for the next pass.
/// </summary>
public static class BatchUpdate
{
    /// <summary>The kernel.</summary>
    /// <typeparam name="TUpdate">The method.</typeparam>
    /// <param name="arguments">The arguments.</param>
    /// <param name="update">The step's update.</param>
    public static void Kernel<TUpdate>(BatchUpdateArguments arguments, TUpdate update)
        where TUpdate : unmanaged, IUpdate
    {
        int share = Group.DimX / arguments.Slots;
        int entry = Grid.IdxX * share + Group.IdxX % share;
        double sum = PartialsReduction.Sum(arguments.PartialRows, arguments.Entries, arguments.Slots, arguments.Partials, clears: true);

        // The last float4 is of the bias: its gradient, the loss, and two zeros.
        int bias = arguments.Entries - Float4.Count;
        if (Group.IdxX < share && entry <= bias)
        {
            var state = arguments.States[entry];
            double penalty = entry < bias ? arguments.L2 * state.Value : 0;
            state = update.Apply(state, arguments.Scale * sum + penalty);
            arguments.States[entry] = state;
            arguments.Parameters[entry < bias ? entry : arguments.BiasPlace] = (float)state.Value;
        }
    }
}

/// <summary>What a step's update is launched with.</summary>
public readonly record struct BatchUpdateArguments
{
    /// <summary>Rows of the partials.</summary>
    public required int PartialRows { get; init; }

    /// <summary>Entries a row of the partials, 4(C + 1).</summary>
    public required int Entries { get; init; }

    /// <summary>Slots a group: see <see cref="PartialsReduction"/>.</summary>
    public int Slots { get; init; }

    /// <summary>See <see cref="PassArguments.Partials"/>.</summary>
    public required ArrayView<double> Partials { get; init; }

    /// <summary>The weights, zeros past the last, then the bias: 4C + 1.</summary>
    public required ArrayView<ParameterState> States { get; init; }

    /// <summary>See <see cref="PassArguments.Parameters"/>, float by float.</summary>
    public required ArrayView<float> Parameters { get; init; }

    /// <summary>Where the bias is among the parameters.</summary>
    public required int BiasPlace { get; init; }

    /// <summary>What turns the batch's sum into an estimate of the mean.</summary>
    public double Scale { get; init; }

    /// <summary>λ₂.</summary>
    public required double L2 { get; init; }
}
