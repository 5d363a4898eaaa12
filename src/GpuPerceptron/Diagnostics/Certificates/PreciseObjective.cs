using GpuPerceptron.Data;
using GpuPerceptron.Engines;
using GpuPerceptron.LinearAlgebra;
using GpuPerceptron.Models;

namespace GpuPerceptron.Diagnostics.Certificates;

/// <summary>
/// F(w, b) = (1/Σs) Σ sᵢ ℓ(yᵢ, w·xᵢ + b) + Σⱼ λ₂ⱼ/2 wⱼ² + Σⱼ λ₁ⱼ |wⱼ| in float64, over standardised features, so that its
/// Hessian is as well conditioned as the data allows; over features as they are where they are sparse and too many for one.
/// </summary>
/// <remarks>
/// A weight of a training on raw features is w/sd there and w here, so its penalties λ₂ and λ₁ become λ₂/sd² and λ₁/sd.
/// </remarks>
internal sealed class PreciseObjective : IDisposable
{
    private readonly StandardUnits _units;
    private readonly IPrecisePass _pass;

    /// <param name="dataset">X, y, s, as the schema encodes them.</param>
    /// <param name="schema">How.</param>
    /// <param name="l2">λ₂ of the training.</param>
    /// <param name="l1">λ₁ of the training.</param>
    /// <param name="threads">Host threads; 0 for one a processor.</param>
    public PreciseObjective(Dataset dataset, Schema schema, double l2, double l1, int threads)
    {
        Dataset = dataset;
        bool linear = dataset.IsSparse && dataset.Features > Certifier.MaximumFeatures;
        _units = new StandardUnits(schema, asTheyAre: linear);
        _pass = linear ? new SparsePrecisePass(dataset, threads) : new PrecisePass(dataset, _units.Offset, _units.Factor,
            threads);
        L2 = [.. _units.Factor.Select(factor => l2 * factor * factor)];
        L1 = [.. _units.Factor.Select(factor => l1 * factor)];
    }

    /// <summary>X, y, s.</summary>
    public Dataset Dataset { get; }

    /// <summary>Features and the bias (D).</summary>
    public int Dimension => _pass.Dimension;

    /// <summary>Reads of X so far.</summary>
    public int Passes => _pass.Passes;

    /// <summary>λ₂ⱼ, one a feature.</summary>
    public double[] L2 { get; }

    /// <summary>λ₁ⱼ, one a feature.</summary>
    public double[] L1 { get; }

    /// <summary>Whether nothing is penalised.</summary>
    public bool IsFree => L2.All(value => value == 0) && L1.All(value => value == 0);

    /// <summary>Conversions between these units and others.</summary>
    public StandardUnits Units => _units;

    /// <summary>Evaluates F and what a proof needs, in one read of X.</summary>
    /// <param name="parameters">θ, for standardised features, the bias last.</param>
    /// <param name="hessianStride">Every how-many-th row goes into the Hessian; 0 for none.</param>
    /// <param name="logits">Where each sample's logit goes, if anybody asks.</param>
    public PrecisePoint Evaluate(double[] parameters, long hessianStride = 0, double[]? logits = null)
    {
        double total = Dataset.TotalWeight;
        using var sums = _pass.Run(PassLoss.Logistic, parameters, hessianStride, logits);
        double[] gradient = sums.GradientOver(total);
        double[]? hessian = hessianStride > 0 ? sums.HessianOver(total) : null;
        double objective = sums.Loss / total;
        for (int j = 0; j < L2.Length; j++)
        {
            gradient[j] += L2[j] * parameters[j];
            objective += L2[j] / 2 * parameters[j] * parameters[j] + L1[j] * Math.Abs(parameters[j]);
            if (hessian is not null) hessian[j * Dimension + j] += L2[j];
        }

        return new PrecisePoint
        {
            Parameters = parameters,
            Objective = objective,
            Gradient = gradient,
            Hessian = hessian,
            Radius = Math.Sqrt(sums.SquaredRadius),
            Terms = sums.Terms,
            MeanAbsoluteResidual = sums.AbsoluteResiduals / total,
            LeastMargin = sums.LeastMargin,
            GreatestMargin = sums.GreatestMargin,
        };
    }

    /// <summary>(1/Σs) X̃ᵀ diag(s) X̃, standardised: near the correlations of the features, and the bias.</summary>
    /// <param name="stride">Every how-many-th row goes in.</param>
    public double[] Moments(long stride)
    {
        using var sums = _pass.Run(PassLoss.HalfSquare, new double[Dimension], stride);
        return sums.HessianOver(sums.LastDiagonal); // the bias's own: Σs of the rows chosen
    }

    /// <summary>(1/Σs) X̃ᵀ diag(s) X̃ u, by a read of X.</summary>
    public double[] MomentsTimes(double[] u)
    {
        using var sums = _pass.Run(PassLoss.HalfSquare, u);
        return sums.GradientOver(Dataset.TotalWeight);
    }

    /// <summary>
    /// max |∂F| by weights per deviation of their feature (<see cref="StandardizedGradient"/>), of the subgradient nearest to 0: where wⱼ = 0, what
    /// λ₁ⱼ leaves of ∂f/∂wⱼ. Of sparse features as they were trained.
    /// </summary>
    public double GradientNorm(PrecisePoint point)
    {
        double[] trained = _units.TrainedGradient(point.Gradient);
        for (int j = 0; j < L1.Length; j++)
        {
            double subgradient = Subgradient(point.Parameters[j], trained[j], L1[j] / _units.Factor[j]);
            trained[j] = Dataset.IsSparse ? subgradient : subgradient * _units.Factor[j];
        }

        return Vectors.MaxNorm(trained);
    }

    /// <summary>The subgradient nearest to 0, of the features of this objective.</summary>
    public double[] SubgradientAt(PrecisePoint point)
    {
        double[] result = [.. point.Gradient];
        for (int j = 0; j < L1.Length; j++)
            result[j] = Subgradient(point.Parameters[j], point.Gradient[j], L1[j]);
        return result;
    }

    public void Dispose() => _pass.Dispose();

    private static double Subgradient(double weight, double slope, double l1) =>
        weight != 0 ? slope + l1 * Math.Sign(weight) : Math.Sign(slope) * Math.Max(0, Math.Abs(slope) - l1);
}

/// <summary>F at a point, and what a proof needs.</summary>
internal sealed record PrecisePoint
{
    /// <summary>θ.</summary>
    public required double[] Parameters { get; init; }

    /// <summary>F(θ).</summary>
    public required double Objective { get; init; }

    /// <summary>The gradient of F without λ₁'s part.</summary>
    public required double[] Gradient { get; init; }

    /// <summary>A = ∇²F(θ), or less where only some rows are in it: A ⪯ ∇²F(θ). D × D; null where nobody asked.</summary>
    public required double[]? Hessian { get; init; }

    /// <summary>R = max ‖x̃ᵢ‖.</summary>
    public required double Radius { get; init; }

    /// <summary>The most terms that a logit has: D, or fewer where X is sparse.</summary>
    public required int Terms { get; init; }

    /// <summary>(1/Σs) Σ s |z − y|.</summary>
    public required double MeanAbsoluteResidual { get; init; }

    /// <summary>The least margin of a sample, less what rounding may have added to it.</summary>
    public required double LeastMargin { get; init; }

    /// <summary>The greatest margin of a sample.</summary>
    public required double GreatestMargin { get; init; }

    /// <summary>Whether every sample is on its label's side of the boundary, for sure.</summary>
    public bool Separates => LeastMargin > 0;

    /// <summary>What rounding in float64 may have done to ‖∇F‖: each residual by that of its logit, and the sums.</summary>
    public double GradientRounding =>
        Radius * PrecisePass.Epsilon
        * ((Terms + 2) * Radius * Math.Sqrt(Vectors.Dot(Parameters, Parameters)) / 4 + 100 * MeanAbsoluteResidual);
}
