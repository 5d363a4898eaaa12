using GpuPerceptron.LinearAlgebra;
using GpuPerceptron.Objectives;

namespace GpuPerceptron.Solvers;

/// <summary>
/// Newton's method without a Hessian in memory, for many features: each step d solves ∇²f d = −∇f by conjugate gradients, only
/// as exactly as it is worth (Dembo, Eisenstat and Steihaug, "Inexact Newton methods", 1982; Lin, Weng and Keerthi, "Trust region
/// Newton method for large-scale logistic regression", 2008), preconditioned by the Hessian's diagonal (Hsia, Chiang and Lin,
/// "Preconditioned conjugate gradient methods in truncated Newton frameworks for large-scale linear classification", 2018).
/// </summary>
/// <remarks>
/// With the residual ‖∇²f d + ∇f‖ at most η ‖∇f‖, η = min(1/4, √(‖∇f‖/‖∇f₀‖)), the steps converge faster than linearly. A line
/// search damps them (<see cref="WolfeSearch"/>); nearly always the full step is taken.
/// </remarks>
public sealed class TruncatedNewton : ISolver
{
    /// <summary>Steps without a gain after which rounding is to blame.</summary>
    private const int Patience = 10;

    private const int MaximumProducts = 500; // a step
    private const double LargestForcing = 0.25;

    /// <summary>A direction that curves less than this part of the diagonal is flat as far as float32 products can
    /// tell.</summary>
    private const double Flat = 1e-9;

    /// <inheritdoc/>
    public string Name => "newton-cg";

    /// <inheritdoc/>
    public bool TakesLearningRate => false;

    /// <inheritdoc/>
    /// <exception cref="PerceptronException">The objective knows no products with its Hessian.</exception>
    public SolverResult Minimize(IObjective objective, ReadOnlySpan<double> start, SolverOptions options,
        EpochObserver? onEpoch = null)
    {
        if (objective is not IProductObjective { HasProducts: true } curved)
            throw new PerceptronException(Fault.Options, "newton-cg is for sparse features; use --solver newton or lbfgs");
        int dimension = objective.Dimension;
        var monitor = new DescentMonitor(options, onEpoch, Patience);
        var (here, next) = (new Iterate(start.ToArray()), new Iterate(dimension));
        double[] direction = new double[dimension], diagonal = new double[dimension];
        here.Evaluate(objective);
        double first = Vectors.MaxNorm(here.Gradient);
        while (true)
        {
            var stop = monitor.Judge(here.Parameters, here.Objective, here.Gradient, failed: false);
            if (stop is null)
            {
                // The objective holds the Hessian at the point evaluated last, which is here.
                curved.HoldHessian(diagonal);
                double forcing = Math.Min(LargestForcing, Math.Sqrt(monitor.GradientNorm / first));
                Solve(curved, diagonal, here.Gradient, forcing, direction);
                if (WolfeSearch.Find(here, direction, 1, next, point => point.Evaluate(objective))) (here, next) = (next, here);
                else stop = StopReason.Stalled;
            }

            if (stop is not null)
                return new SolverResult(here.Parameters, here.Objective, monitor.GradientNorm, monitor.Epochs, stop.Value);
        }
    }

    /// <summary>d ≈ −(∇²f)⁻¹∇f by preconditioned conjugate gradients, a direction of descent wherever they end.</summary>
    private static void Solve(IProductObjective objective, double[] diagonal, double[] gradient, double forcing,
        double[] direction)
    {
        int dimension = gradient.Length;
        double least = 1e-12 * diagonal.Max();
        double[] residual = new double[dimension], scaled = new double[dimension], search = new double[dimension];
        double[] product = new double[dimension];
        Array.Clear(direction);
        double square = 0; // of the residual, in the preconditioner's norm
        for (int j = 0; j < dimension; j++)
        {
            residual[j] = -gradient[j];
            diagonal[j] = Math.Max(diagonal[j], least);
            search[j] = scaled[j] = residual[j] / diagonal[j];
            square += residual[j] * scaled[j];
        }

        double target = forcing * forcing * square;
        for (int step = 0; step < MaximumProducts && square > target; step++)
        {
            objective.HessianTimes(search, product);
            double curvature = Vectors.Dot(search, product), weight = 0;
            for (int j = 0; j < dimension; j++)
                weight += diagonal[j] * search[j] * search[j];
            if (!(curvature > Flat * weight))
            {
                if (step == 0) search.CopyTo(direction, 0); // steepest descent
                return;
            }

            double length = square / curvature, before = square;
            square = 0;
            for (int j = 0; j < dimension; j++)
            {
                direction[j] += length * search[j];
                residual[j] -= length * product[j];
                scaled[j] = residual[j] / diagonal[j];
                square += residual[j] * scaled[j];
            }

            double correction = square / before;
            for (int j = 0; j < dimension; j++)
                search[j] = scaled[j] + correction * search[j];
        }
    }
}
