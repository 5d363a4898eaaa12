namespace GpuPerceptron.Diagnostics.Gradients;

/// <summary>What a sample's part in a gradient, right or wrong, is computed from.</summary>
/// <param name="Row">From 0.</param>
/// <param name="Label">y, 0 or 1.</param>
/// <param name="Logit">v = w·x + b.</param>
/// <param name="Bias">b.</param>
internal readonly record struct SampleState(long Row, double Label, double Logit, double Bias)
{
    /// <summary>z = σ(v).</summary>
    public double Output { get; } = Sigmoid(Logit);

    /// <summary>1 − z = σ(−v), without cancellation.</summary>
    public double Complement { get; } = Sigmoid(-Logit);

    /// <summary>z − y.</summary>
    public double Residual => Label == 1 ? -Complement : Output;

    /// <summary>σ′(v) = z (1 − z).</summary>
    public double Slope => Output * Complement;

    /// <summary>N ∂L/∂z = −y/z + (1 − y)/(1 − z), with 1/z = 1 + e⁻ᵛ and 1/(1 − z) = 1 + eᵛ.</summary>
    public double LossSlope => Label == 1 ? -(1 + Math.Exp(-Logit)) : 1 + Math.Exp(Logit);

    /// <summary>The same with 1 − 1/(z − 1) in place of 1/(z − 1): −y/z − (1 − y)(1 + 1/(1 − z)).</summary>
    public double LossSlopeAsAsked => Label == 1 ? LossSlope : -(2 + Math.Exp(Logit));

    /// <summary>σ(v), without overflow.</summary>
    public static double Sigmoid(double logit)
    {
        double e = Math.Exp(-Math.Abs(logit));
        return (logit >= 0 ? 1 : e) / (1 + e);
    }
}

/// <summary>Means over all samples, of which those make use who sum too early.</summary>
/// <param name="Samples">N.</param>
/// <param name="Label">Mean of y.</param>
/// <param name="Output">Mean of z.</param>
/// <param name="Residual">Mean of z − y.</param>
/// <param name="ResidualSize">Mean of |z − y|.</param>
/// <param name="LossSlope">Mean of N ∂L/∂z.</param>
/// <param name="LossSlopeAsAsked">Mean of the same with 1 − 1/(z − 1).</param>
/// <param name="LossSlopeSize">Mean of |N ∂L/∂z|.</param>
internal sealed record ForwardMeans(
    long Samples, double Label, double Output, double Residual, double ResidualSize, double LossSlope, double LossSlopeAsAsked, double LossSlopeSize);
