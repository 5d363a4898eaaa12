namespace GpuPerceptron.Objectives;

/// <summary>
/// An objective beside others, of which only one at a time has a sample: samples and what is made of them take memory. None has curvature
/// rows, which all would keep.
/// </summary>
/// <param name="turn">Who holds it may have a sample: shared by the objectives.</param>
/// <param name="objective">The objective.</param>
internal sealed class SamplesInTurn(Lock turn, DatasetObjective objective) : ISampledObjective
{
    /// <inheritdoc/>
    public int Dimension => objective.Dimension;

    /// <inheritdoc/>
    public double L1 => objective.L1;

    /// <inheritdoc/>
    public long Samples => objective.Samples;

    /// <inheritdoc/>
    public double RarerPart => objective.RarerPart;

    /// <inheritdoc/>
    public long SolverBytes => objective.SolverBytes;

    /// <inheritdoc/>
    public long BytesOf(long count) => objective.BytesOf(count);

    /// <inheritdoc/>
    bool ISampledObjective.HasDirectionalSamples => ((ISampledObjective)objective).HasDirectionalSamples;

    /// <inheritdoc/>
    public ReadOnlySpan<double> MeanSquares => objective.MeanSquares;

    /// <inheritdoc/>
    public ReadOnlySpan<double> Curvatures => objective.Curvatures;

    /// <inheritdoc/>
    public double Evaluate(ReadOnlySpan<double> parameters, Span<double> gradient) => objective.Evaluate(parameters, gradient);

    /// <inheritdoc/>
    public double Evaluate(ReadOnlySpan<double> parameters, Span<double> gradient, Span<double> hessian) =>
        objective.Evaluate(parameters, gradient, hessian);

    /// <summary>See the interface; waits until no other objective has a sample. Who takes it also disposes it, on the same thread.</summary>
    public ObjectiveSample? Sample(long count, double ridge)
    {
        var end = new Turn(turn);
        turn.Enter();
        try
        {
            if (objective.Sample(count, ridge) is { } sample) return new ObjectiveSample(sample.Objective, end, sample);
        }
        catch
        {
            end.Dispose();
            throw;
        }

        end.Dispose();
        return null;
    }

    private sealed class Turn(Lock turn) : IDisposable
    {
        public void Dispose() => turn.Exit();
    }
}
