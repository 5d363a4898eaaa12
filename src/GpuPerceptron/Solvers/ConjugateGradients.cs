using GpuPerceptron.LinearAlgebra;
using GpuPerceptron.Objectives;

namespace GpuPerceptron.Solvers;

/// <summary>d ≈ −H⁻¹g by preconditioned conjugate gradients (Hestenes and Stiefel 1952), each step one product with H.</summary>
/// <param name="dimension">Number of parameters.</param>
internal sealed class ConjugateGradients(int dimension)
{
    private const int MaximumProducts = 500;

    /// <summary>A direction that curves less than this part of the diagonal is flat as far as float32 products can tell.</summary>
    private const double Flat = 1e-9;

    private readonly double[] _residual = new double[dimension];
    private readonly double[] _scaled = new double[dimension];
    private readonly double[] _search = new double[dimension];
    private readonly double[] _product = new double[dimension];

    /// <param name="objective">Which holds H.</param>
    /// <param name="preconditioner">The same H's; only what it moves is moved.</param>
    /// <param name="gradient">g.</param>
    /// <param name="exactness">What part of the residual, in the preconditioner's norm, may be left.</param>
    /// <param name="direction">d; overwritten. A direction of descent wherever they end.</param>
    /// <param name="isEnough">Ends them where d is as good as it gets; null for never.</param>
    public void Solve(
        IProductObjective objective, CentredDiagonal preconditioner, ReadOnlySpan<double> gradient, double exactness, double[] direction,
        Func<bool>? isEnough = null)
    {
        Array.Clear(direction);
        for (int j = 0; j < dimension; j++)
            _residual[j] = -gradient[j];
        double square = preconditioner.Solve(_residual, _search), target = exactness * exactness * square;
        for (int step = 0; step < MaximumProducts && square > target; step++)
        {
            objective.HessianTimes(_search, _product);
            double curvature = Vectors.Dot(_search, _product);
            if (!(curvature > Flat * preconditioner.Curvature(_search)))
            {
                if (step == 0) _search.CopyTo(direction, 0); // steepest descent
                return;
            }

            double length = square / curvature, before = square;
            Vectors.AddScaled(direction, length, _search);
            if (isEnough?.Invoke() == true) return;
            Vectors.AddScaled(_residual, -length, _product);
            square = preconditioner.Solve(_residual, _scaled);
            for (int j = 0; j < dimension; j++)
                _search[j] = _scaled[j] + square / before * _search[j];
        }
    }
}
