using GpuPerceptron.Data;
using GpuPerceptron.LinearAlgebra;

namespace GpuPerceptron.Solvers;

/// <summary>
/// An estimate of (∇²f)⁻¹: the inverse of a Hessian where there is one (from another point or a sample, maybe), else of what is known of its
/// diagonal, or the identity, corrected by the last steps' changes of the gradient (L-BFGS; Nocedal, "Updating quasi-Newton matrices with
/// limited storage", 1980).
/// </summary>
/// <remarks>
/// What is corrected, B⁻¹, is first scaled so that it fits the last step s and its change of the gradient y:
/// γ = s·y / y·B⁻¹y (Nocedal and Wright, Numerical Optimization, eq. 7.20). The inverse of a sample's Hessian needs that as
/// much as the identity: of n samples and M features it is too large by a factor of about 1/(1 − M/n).
/// </remarks>
/// <param name="dimension">Number of parameters.</param>
/// <param name="diagonal">About the Hessian's diagonal; empty where nothing is known of it.</param>
internal sealed class InverseCurvature(int dimension, double[] diagonal) : IDisposable
{
    private const int Memory = 10;

    /// <summary>Where a pivot of the Hessian, scaled to a unit diagonal, is less than this, float32 sums cannot tell it from 0.</summary>
    private const double SmallestPivot = 1e-6;

    private const int InverseIterations = 4; // the estimate may be half as large again

    private readonly Queue<Correction> _corrections = new();
    private readonly double[] _scale = new double[dimension]; // 1/√Hⱼⱼ
    private NativeDoubles? _factor;
    private ICurvatureModel? _model;
    private double _gamma = 1;
    private (Iterate Point, int Evaluations)? _solvedAt;
    private double[] _solution = [];

    /// <summary>Whether it began with a Hessian, or with what is known of one.</summary>
    public bool HasHessian => _factor is not null || HasModel;

    /// <summary>Whether it began with what is known of one.</summary>
    public bool HasModel => _model is not null;

    /// <summary>Whether a step of length 1 makes sense, for there was a Hessian or a step before.</summary>
    public bool HasScale => HasHessian || _corrections.Count > 0;

    /// <summary>
    /// Starts anew from a Hessian H. It is scaled to a unit diagonal, and where it is singular or indefinite beyond rounding,
    /// a multiple of its diagonal is added (Levenberg 1944; Marquardt 1963), as little as will do.
    /// </summary>
    /// <param name="hessian">H, row-major; its lower triangle is read.</param>
    /// <param name="damping">The multiple to start with, at least 0.</param>
    /// <returns>The multiple that was added.</returns>
    public double Factor(ReadOnlySpan<double> hessian, double damping = 0)
    {
        _corrections.Clear();
        _solvedAt = null;
        _gamma = 1;
        ExchangeModel(null);
        _factor ??= new NativeDoubles(dimension * dimension);
        for (int j = 0; j < dimension; j++)
        {
            double diagonal = hessian[j * dimension + j];
            _scale[j] = diagonal > 0 ? 1 / Math.Sqrt(diagonal) : 1;
        }

        for (; ; damping = Math.Max(SmallestPivot, 100 * damping))
        {
            for (int i = 0; i < dimension; i++)
            {
                var target = _factor.Span.Slice(i * dimension, i + 1);
                Vectors.ScaledProduct(hessian.Slice(i * dimension, i), _scale, _scale[i], target);
                target[i] = 1 + damping;
            }

            if (Cholesky.TryFactor(_factor.Span, dimension, SmallestPivot / 2, out _)) return damping;
            if (damping < 1e9) continue;
            Dispose(); // not finite: there is nothing to be learned from it
            return damping;
        }
    }

    /// <summary>
    /// Starts anew from the Hessian of some samples. Its least eigenvalues are too small and its largest too large, which its inverse
    /// makes worse: a part of its diagonal is added, as far as that hides no direction in which f really is so flat.
    /// </summary>
    /// <param name="hessian">H, row-major; its lower triangle is read.</param>
    /// <param name="samplesPerParameter">n/(M + 1): H misses the whole's by a part of about √((M + 1)/n).</param>
    /// <remarks>
    /// So Ledoit and Wolf shrink a covariance ("A well-conditioned estimator for large-dimensional covariance matrices", 2004). The
    /// squared error that they minimise is ruled by the largest eigenvalues, and steps need the least ones right: on made data of
    /// 1,000 features and 4 to 8 samples a parameter 3/2 (M + 1)/n took the fewest, and on autoregressive features of any
    /// correlation more than two or three times the least eigenvalue took more.
    /// </remarks>
    public void FactorOfSample(ReadOnlySpan<double> hessian, double samplesPerParameter)
    {
        for (double damping = 1.5 / samplesPerParameter; Factor(hessian, damping) == damping;)
        {
            double least = LeastEigenvalue() - damping;
            if (damping <= 3 * least || damping == 0) return;
            damping = least > SmallestPivot ? 2 * least : 0;
        }
    }

    /// <summary>Starts anew from what is known of a Hessian otherwise, maybe from the same one, changed.</summary>
    /// <param name="model">The model, which is disposed here; null for nothing.</param>
    public void Begin(ICurvatureModel? model)
    {
        _factor?.Dispose();
        _factor = null;
        _corrections.Clear();
        _solvedAt = null;
        _gamma = 1;
        ExchangeModel(model);
    }

    /// <summary>Learns from a step: its change of θ and of ∇f.</summary>
    public void Correct(Iterate before, Iterate after)
    {
        double[] step = Difference(after.Parameters, before.Parameters), change = Difference(after.Gradient, before.Gradient);
        double curvature = Vectors.Dot(step, change);
        if (!(curvature > 1e-10 * Math.Sqrt(Vectors.Dot(change, change) * Vectors.Dot(step, step)))) return; // rounding, or not convex here
        if (_corrections.Count == Memory) _corrections.Dequeue();
        double[] solved = [.. change];
        if (HasHessian)
        {
            double[] from = SolutionAt(before); // known from the step's direction
            solved = Difference(SolutionAt(after), from);
        }
        else
        {
            DivideByDiagonal(solved);
        }

        _corrections.Enqueue(new Correction(step, change, solved, 1 / curvature));
        _gamma = curvature / Vectors.Dot(change, solved);
    }

    /// <summary>Forgets the steps.</summary>
    /// <returns>Whether there were any.</returns>
    public bool Forget()
    {
        bool any = _corrections.Count > 0;
        _corrections.Clear();
        return any;
    }

    /// <summary>(∇²f)⁻¹∇f as far as it is known, by the two-loop recursion.</summary>
    /// <param name="point">Where ∇f is.</param>
    /// <param name="slope">∇f there, or a subgradient where there is no Hessian; overwritten by the product.</param>
    public void Apply(Iterate point, Span<double> slope)
    {
        var corrections = _corrections.ToArray();
        Span<double> alpha = stackalloc double[Memory];
        double[]? solution = HasHessian ? [.. SolutionAt(point)] : null; // B⁻¹ of what is left of the slope, term by term
        for (int i = corrections.Length - 1; i >= 0; i--)
        {
            var (step, change, solved, inverse) = corrections[i];
            alpha[i] = inverse * Vectors.Dot(step, slope);
            Vectors.AddScaled(slope, -alpha[i], change);
            if (solution is not null) Vectors.AddScaled(solution, -alpha[i], solved);
        }

        if (solution is null) DivideByDiagonal(slope);
        else solution.CopyTo(slope);
        for (int j = 0; j < slope.Length; j++)
            slope[j] *= _gamma;
        for (int i = 0; i < corrections.Length; i++)
        {
            var (step, change, _, inverse) = corrections[i];
            Vectors.AddScaled(slope, alpha[i] - inverse * Vectors.Dot(change, slope), step);
        }
    }

    private void DivideByDiagonal(Span<double> vector)
    {
        for (int j = 0; j < diagonal.Length; j++)
            vector[j] /= diagonal[j];
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _factor?.Dispose();
        _factor = null;
        ExchangeModel(null);
    }

    private void ExchangeModel(ICurvatureModel? model)
    {
        if (model != _model) _model?.Dispose();
        _model = model;
    }

    /// <summary>B⁻¹∇f at a point, which is asked for at one end of a step and then at the other's beginning: it takes a tenth of a pass.</summary>
    private double[] SolutionAt(Iterate point)
    {
        if (_solvedAt == (point, point.Evaluations)) return _solution;
        double[] x = [.. point.Gradient];
        if (_factor is not null)
        {
            for (int j = 0; j < x.Length; j++)
                x[j] *= _scale[j];
            Cholesky.Solve(_factor.Span, dimension, x);
            for (int j = 0; j < x.Length; j++)
                x[j] *= _scale[j];
        }

        _model?.Apply(x);
        (_solvedAt, _solution) = ((point, point.Evaluations), x);
        return x;
    }

    /// <summary>About the least eigenvalue of what was factored, or somewhat more, by inverse iteration.</summary>
    private double LeastEigenvalue()
    {
        double[] x = new double[dimension];
        for (int j = 0; j < dimension; j++)
            x[j] = (j * 0.6180339887498949 % 1) - 0.5; // of no pattern that features are likely to have
        double length = Math.Sqrt(Vectors.Dot(x, x));
        for (int step = 0; step < InverseIterations; step++)
        {
            for (int j = 0; j < dimension; j++)
                x[j] /= length;
            Cholesky.Solve(_factor!.Span, dimension, x);
            length = Math.Sqrt(Vectors.Dot(x, x));
        }

        return 1 / length;
    }

    private static double[] Difference(double[] a, double[] b)
    {
        double[] difference = new double[a.Length];
        for (int j = 0; j < a.Length; j++)
            difference[j] = a[j] - b[j];
        return difference;
    }

    private sealed record Correction(double[] Step, double[] Change, double[] Solved, double InverseCurvature);
}
