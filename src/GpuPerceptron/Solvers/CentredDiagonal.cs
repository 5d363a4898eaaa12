using GpuPerceptron.LinearAlgebra;
using GpuPerceptron.Objectives;

namespace GpuPerceptron.Solvers;

/// <summary>
/// A preconditioner for products with a Hessian H: the diagonal that H would have if the features were centred, the bias by itself.
/// </summary>
/// <remarks>
/// Sparse features are not centred, or nothing would be 0 any more: their means alone give H an eigenvalue far above all others, and
/// weights and bias pull against one another. But v = w·(x − m) + b′ with b′ = b + m·w is the same model, so that the bias can be
/// centred in their place: with θ = Tθ′, P = T⁻ᵀ diag(d) T⁻¹ and d the diagonal of TᵀHT, about Hⱼⱼ − mⱼ² H_bb. Means m are those
/// weighted by curvature, m = H_wb/H_bb, where a Hessian was held first. For the diagonal alone see Hsia, Chiang and Lin,
/// "Preconditioned conjugate gradient methods in truncated Newton frameworks for large-scale linear classification", 2018.
/// </remarks>
/// <param name="dimension">Number of parameters, the bias last.</param>
internal sealed class CentredDiagonal(int dimension)
{
    /// <summary>Of Hⱼⱼ: m is not quite the mean at other points, and less may be rounding.</summary>
    private const double LeastPart = 0.1;

    private readonly double[] _diagonal = new double[dimension]; // d
    private readonly double[] _inverse = new double[dimension]; // 1/d, 0 where a parameter does not move
    private readonly double[] _means = new double[dimension]; // m, and 0 for the bias
    private bool _hasMeans;

    /// <summary>m, and 0 for the bias: as the weights move by u, −m·u of the bias leaves the logits' mean where it is.</summary>
    public ReadOnlySpan<double> Means => _means;

    /// <summary>Of the bias, greater than 0.</summary>
    public double OfBias => _diagonal[^1];

    /// <summary>Takes H where the objective was evaluated last, and makes it hold that: two reads the first time, then one.</summary>
    /// <param name="objective">Which knows H by products.</param>
    public void Hold(IProductObjective objective)
    {
        objective.HoldHessian(_diagonal);
        if (!_hasMeans) FindMeans(objective);
        double least = 1e-12 * _diagonal.Max(), bias = _diagonal[^1];
        for (int j = 0; j < dimension; j++)
        {
            double centred = _diagonal[j] - _means[j] * _means[j] * bias;
            _diagonal[j] = Math.Max(least, Math.Max(centred, LeastPart * _diagonal[j]));
            _inverse[j] = 1 / _diagonal[j];
        }
    }

    /// <summary>Lets a parameter stay where it is, until the next <see cref="Hold"/>.</summary>
    /// <param name="j">Which, not the bias.</param>
    public void Fix(int j) => _inverse[j] = 0;

    /// <summary>P⁻¹r among the parameters that move.</summary>
    /// <param name="residual">r.</param>
    /// <param name="result">Overwritten; 0 for the others.</param>
    /// <returns>r·P⁻¹r.</returns>
    public double Solve(ReadOnlySpan<double> residual, Span<double> result)
    {
        double ofBias = residual[^1];
        for (int j = 0; j < dimension; j++)
            result[j] = _inverse[j] * (residual[j] - _means[j] * ofBias);
        result[^1] -= Vectors.Dot(_means, result);
        return Vectors.Dot(residual, result);
    }

    /// <summary>uᵀPu: about uᵀHu, were the features uncorrelated.</summary>
    /// <param name="direction">u.</param>
    public double Curvature(ReadOnlySpan<double> direction)
    {
        double bias = direction[^1] + Vectors.Dot(_means, direction); // u_b′
        double sum = _diagonal[^1] * bias * bias;
        for (int j = 0; j < dimension - 1; j++)
            sum += _diagonal[j] * direction[j] * direction[j];
        return sum;
    }

    private void FindMeans(IProductObjective objective)
    {
        _hasMeans = true;
        if (!(_diagonal[^1] > 0)) return;
        double[] unit = new double[dimension];
        unit[^1] = 1;
        objective.HessianTimes(unit, _means);
        Vectors.Divide(_means, _diagonal[^1]);
        _means[^1] = 0;
    }
}
