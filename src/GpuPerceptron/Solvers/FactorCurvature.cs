using System.Runtime.CompilerServices;
using GpuPerceptron.Data;
using GpuPerceptron.LinearAlgebra;
using GpuPerceptron.Objectives;

namespace GpuPerceptron.Solvers;

/// <summary>
/// A Hessian as factor analysis sees a covariance: scaled to a unit diagonal, few directions in which all features vary together, and what
/// each feature has of its own, C = Ψ + U diag(ℓ − σ²) Uᵀ. It is had by two products of a sample's Hessian with some sixty directions, the first
/// of a part of the sample, in less than a tenth of the time that the Hessian itself takes for a thousand features, and knows more than that:
/// where a sample of n shows M eigenvalues of about one size σ², chance spreads them over σ²(1 ± √(M/n))², which a Hessian of so few samples
/// takes for curvature.
/// </summary>
/// <remarks>
/// The directions are those of the largest eigenvalues, by one power iteration of random ones and Nyström's method,
/// C ≈ CQ(QᵀCQ)⁻¹(CQ)ᵀ (Halko, Martinsson and Tropp, "Finding structure with randomness", 2011; Frangella, Tropp and Udell, "Randomized Nyström
/// preconditioning", 2021, who add a multiple of the identity as here Ψ is added).
/// <para>
/// Of them those count whose eigenvalue λ is beyond what chance makes of σ²: with γ = M/n and n = (Σc)²/Σc², the samples that count,
/// λ > σ²(1 + √γ)², σ² being that of the features that have most of their own. Such a λ, too, is larger than the whole's ℓ,
/// λ = ℓ(1 + γσ²/(ℓ − σ²)) (Baik and Silverstein, "Eigenvalues of large sample covariance matrices of spiked population models", 2006), which
/// is solved for ℓ; there σ² is the mean of what they leave of the diagonal.
/// </para>
/// <para>
/// Where all directions count there are more, of unknown size, and the features are of another kind: then there is no such model.
/// </para>
/// </remarks>
internal sealed unsafe class FactorCurvature : ICurvatureModel
{
    /// <summary>Parameters from which on a sample's Hessian takes longer.</summary>
    public const int LeastDimension = 512;

    /// <summary>Directions that are tried: with θ, which goes along, no more than four registers of AVX-512.</summary>
    private const int Directions = 56;

    /// <summary>Of the sample, for the power iteration: it finds but where to look. Of all of it steps are as many, of an eighth at times one more.</summary>
    private const double PartForDirections = 1 / 6.0;

    private const int Seed = 1;
    private const int VarianceSteps = 2;
    private const double LargePlace = 0.9; // the part of features with less of their own than the large ones
    private const double SmallestPivot = 1e-6;        // what float32 products tell from 0
    private const double SmallestSquaredPivot = 1e-10; // of a matrix whose eigenvalues are squares

    /// <summary>Of σ²: as little as a feature may have of its own, or chance could make it none.</summary>
    private const double LeastOwnPart = 0.1;

    private readonly int _dimension;
    private readonly NativeDoubles _memory; // of the three matrices below, a row a parameter
    private readonly double[] _scale;       // S: 1/√ of the Hessian's diagonal
    private readonly double[] _own;         // 1/Ψ
    private readonly double[] _sums = new double[Directions];
    private double[] _core = [];            // L of diag(1/(ℓ − σ²)) + UᵀΨ⁻¹U = LLᵀ

    private FactorCurvature(int dimension)
    {
        _dimension = dimension;
        _memory = new NativeDoubles(Math.Max(3 * dimension * Directions, HugePages.Bytes / sizeof(double))); // whole large pages
        _scale = new double[dimension];
        _own = new double[dimension];
    }

    /// <summary>Directions that count.</summary>
    public int Count { get; private set; }

    /// <summary>Q before a fit; after it the orthonormal directions found, those of large eigenvalues first.</summary>
    private Span<double> Found => _memory.Span[..(_dimension * Directions)];

    /// <summary>Ψ⁻¹U of the directions that count, and 0 for the others.</summary>
    private Span<double> Factors => _memory.Span.Slice(_dimension * Directions, _dimension * Directions);

    /// <summary>∇²f times directions, and other work.</summary>
    private Span<double> Products => _memory.Span.Slice(2 * _dimension * Directions, _dimension * Directions);

    /// <summary>The model of a sample's Hessian.</summary>
    /// <param name="sample">The sample, in a random order.</param>
    /// <param name="ridge">What the sample's penalty has that all samples' has not: left out.</param>
    /// <param name="all">All samples.</param>
    /// <param name="parameters">θ.</param>
    /// <returns>The model, to be disposed by the caller; null where the Hessian is no such one.</returns>
    public static FactorCurvature? Of(
        IDirectionalObjective sample, double ridge, ISampledObjective all, ReadOnlySpan<double> parameters)
    {
        var model = new FactorCurvature(parameters.Length);
        bool isFound = false;
        try
        {
            model.DrawDirections(all);
            model.Multiply(sample, PartForDirections, ridge, all, parameters);
            model.ScaleRows(model.Products);
            if (model.OrthonormalizeProducts())
            {
                model.ScaleRows(model.Found);
                isFound = model.Fit(parameters.Length / model.Multiply(sample, 1, ridge, all, parameters));
            }
        }
        finally
        {
            if (!isFound) model.Dispose();
        }

        return isFound ? model : null;
    }

    /// <summary>Becomes the model at another θ, or of another sample: the directions need no power iteration then.</summary>
    /// <param name="sample">The sample.</param>
    /// <param name="ridge">What the sample's penalty has that all samples' has not.</param>
    /// <param name="all">All samples.</param>
    /// <param name="parameters">θ.</param>
    /// <returns>Whether it could; if not, it is of no use any more.</returns>
    public bool MoveTo(IDirectionalObjective sample, double ridge, ISampledObjective all, ReadOnlySpan<double> parameters)
    {
        PutLast(parameters);
        ScaleRows(Found);
        return Fit(parameters.Length / Multiply(sample, 1, ridge, all, parameters));
    }

    /// <inheritdoc/>
    /// <remarks>S(Ψ⁻¹ − Ψ⁻¹U(diag(1/(ℓ − σ²)) + UᵀΨ⁻¹U)⁻¹UᵀΨ⁻¹)S, by Woodbury's formula.</remarks>
    public void Apply(Span<double> x)
    {
        var factors = Factors;
        Array.Clear(_sums);
        for (int j = 0; j < x.Length; j++)
        {
            x[j] *= _scale[j];
            Vectors.AddScaled(_sums, x[j], factors.Slice(j * Directions, Directions));
        }

        Cholesky.Solve(_core, Directions, _sums);
        for (int j = 0; j < x.Length; j++)
            x[j] = (x[j] * _own[j] - Vectors.Dot(_sums, factors.Slice(j * Directions, Directions))) * _scale[j];
    }

    /// <inheritdoc/>
    public void Dispose() => _memory.Dispose();

    /// <summary>Random signs, scaled so that all features count alike.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void DrawDirections(ISampledObjective all)
    {
        var random = new Random(Seed);
        for (int j = 0; j < _dimension; j++)
        {
            double square = j < _dimension - 1 && !all.MeanSquares.IsEmpty ? all.MeanSquares[j] : 1, size = square > 0 ? 1 / Math.Sqrt(square) : 1;
            long signs = random.NextInt64();
            foreach (ref double direction in Found.Slice(j * Directions, Directions))
            {
                direction = (signs & 1) == 0 ? size : -size;
                signs >>= 1;
            }
        }
    }

    /// <summary>
    /// Puts θ in the place of the last direction: a change of θ changes the Hessian most along Hθ, of normal features only there and as a whole
    /// (Erdogdu, "Newton-Stein method", 2015).
    /// </summary>
    private void PutLast(ReadOnlySpan<double> parameters)
    {
        double squares = 0;
        for (int j = 0; j < _dimension; j++)
            squares += parameters[j] / _scale[j] * (parameters[j] / _scale[j]);
        if (!(squares > 0)) return;
        for (int j = 0; j < _dimension; j++)
            Found[(j + 1) * Directions - 1] = parameters[j] / (_scale[j] * Math.Sqrt(squares));
    }

    /// <summary>∇²f times the directions, and S from its diagonal, both without the ridge.</summary>
    /// <returns>n, the samples that the Hessian is worth.</returns>
    private double Multiply(IDirectionalObjective sample, double part, double ridge, ISampledObjective all, ReadOnlySpan<double> parameters)
    {
        double worth = sample.HessianTimes(parameters, part, Directions, Found, Products, _scale);
        for (int j = 0; j < _dimension; j++)
        {
            double diagonal = _scale[j];
            if (j < _dimension - 1)
            {
                Vectors.AddScaled(Products.Slice(j * Directions, Directions), -ridge, Found.Slice(j * Directions, Directions));
                diagonal = GrowingSample.AtLeast(diagonal - ridge, _scale[^1], all, j);
            }

            _scale[j] = diagonal > 0 ? 1 / Math.Sqrt(diagonal) : 1;
        }

        return worth;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void ScaleRows(Span<double> matrix)
    {
        for (int j = 0; j < _dimension; j++)
        {
            var row = matrix.Slice(j * Directions, Directions);
            for (int k = 0; k < row.Length; k++)
                row[k] *= _scale[j];
        }
    }

    private bool OrthonormalizeProducts()
    {
        double[] gram = new double[Directions * Directions];
        TallMatrices.Gram(Products, Products, Directions, gram);
        if (TallMatrices.InverseRoot(gram, Directions, SmallestSquaredPivot) is not { } root) return false;
        TallMatrices.Times(Products, root, Directions, Found);
        return true;
    }

    /// <summary>The model from directions and the Hessian's products with them, where more than the directions is known.</summary>
    /// <param name="gamma">γ.</param>
    /// <returns>Whether there is one.</returns>
    private bool Fit(double gamma)
    {
        // Scaled to C, with Y = CQ.
        ScaleRows(Products);
        for (int j = 0; j < _dimension; j++)
            Vectors.Divide(Found.Slice(j * Directions, Directions), _scale[j]);

        // C ≈ BBᵀ with B = YR, RRᵀ = (QᵀY)⁻¹; from BᵀB = VΛVᵀ its eigenvectors BVΛ^(−1/2).
        double[] small = new double[Directions * Directions], squares = new double[small.Length], turned = new double[small.Length];
        TallMatrices.Gram(Found, Products, Directions, small);
        if (TallMatrices.InverseRoot(small, Directions, SmallestPivot) is not { } root) return false;
        TallMatrices.Gram(Products, Products, Directions, squares);
        TallMatrices.Times(squares, root, Directions, turned);
        TallMatrices.Gram(root, turned, Directions, squares);
        double[] vectors = SymmetricEigenvectors.Find(squares, Directions);
        int[] order = [.. Enumerable.Range(0, Directions).OrderByDescending(i => squares[i * Directions + i])];
        double[] eigenvalues = [.. order.Select(i => squares[i * Directions + i])];
        if (!(eigenvalues[^1] > 0)) return false;
        for (int k = 0; k < Directions; k++)
        {
            for (int i = 0; i < Directions; i++)
                turned[i * Directions + k] = vectors[order[k] * Directions + i] / Math.Sqrt(eigenvalues[k]);
        }

        TallMatrices.Times(root, turned, Directions, small);
        TallMatrices.Times(Products, small, Directions, Found);
        var (excess, own) = Excess(eigenvalues, gamma);
        Count = excess.Count(part => part > 0);
        return Count < Directions && Assemble(excess, own);
    }

    /// <summary>What each direction's eigenvalue exceeds σ² by, ℓ − σ², 0 where chance may have made it; and σ².</summary>
    /// <remarks>Where features' own parts differ, chance makes as much as of the larger ones, and these are what an eigenvalue is compared with.</remarks>
    /// <param name="eigenvalues">λ.</param>
    /// <param name="gamma">γ.</param>
    private (double[] Excess, double Own) Excess(double[] eigenvalues, double gamma)
    {
        // C's diagonal is 1: the eigenvalues' sum is their number.
        double[] excess = new double[Directions], parts = new double[_dimension];
        double own = Math.Max(0, _dimension - eigenvalues.Sum()) / (_dimension - Directions), large = own;
        for (int step = 0; ; step++)
        {
            double edge = large * (1 + Math.Sqrt(gamma)) * (1 + Math.Sqrt(gamma));
            for (int k = 0; k < Directions; k++)
            {
                double lambda = eigenvalues[k], sum = lambda + own * (1 - gamma);
                excess[k] = lambda > edge ? (sum + Math.Sqrt(Math.Max(0, sum * sum - 4 * lambda * own))) / 2 - own : 0;
            }

            if (step == VarianceSteps) return (excess, own);
            OwnParts(excess, parts);
            own = Math.Max(0, parts.Sum() / _dimension);
            Array.Sort(parts);
            large = Math.Max(own, parts[(int)(LargePlace * _dimension)]);
        }
    }

    /// <summary>Ψ, without a least value.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void OwnParts(double[] excess, double[] parts)
    {
        for (int j = 0; j < _dimension; j++)
        {
            var found = Found.Slice(j * Directions, Directions);
            double part = 1;
            for (int k = 0; k < Directions; k++)
                part -= excess[k] * found[k] * found[k];
            parts[j] = part;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private bool Assemble(double[] excess, double ownPart)
    {
        var counting = Products; // U of the directions that count
        OwnParts(excess, _own);
        for (int j = 0; j < _dimension; j++)
        {
            Span<double> found = Found.Slice(j * Directions, Directions), row = counting.Slice(j * Directions, Directions);
            for (int k = 0; k < Directions; k++)
                row[k] = excess[k] > 0 ? found[k] : 0;
            _own[j] = 1 / Math.Max(_own[j], LeastOwnPart * ownPart);
            if (!double.IsFinite(_own[j])) return false;
            var factors = Factors.Slice(j * Directions, Directions);
            for (int k = 0; k < Directions; k++)
                factors[k] = _own[j] * row[k];
        }

        _core = new double[Directions * Directions];
        TallMatrices.Gram(counting, Factors, Directions, _core);
        for (int k = 0; k < Directions; k++)
            _core[k * Directions + k] += excess[k] > 0 ? 1 / excess[k] : 1;
        return Cholesky.TryFactor(_core, Directions, 0, out _);
    }
}
