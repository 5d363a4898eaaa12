namespace GpuPerceptron.Models;

/// <summary>
/// Standard errors of a model's parameters: how far they would scatter if samples were drawn anew. They hold at the optimum of
/// a training without a penalty; sample weights count as if a sample were there so many times.
/// </summary>
/// <param name="WeightsRaw">One a feature, in 1 / the feature's unit.</param>
/// <param name="BiasRaw">Of the bias in raw units.</param>
/// <param name="BiasStandardized">Of the bias for standardised features.</param>
public sealed record StandardErrors(IReadOnlyList<double> WeightsRaw, double BiasRaw, double BiasStandardized)
{
    /// <summary>
    /// Whether a point is so near the optimum that its distance is small beside the errors: (θ − θ*)ᵀC⁻¹(θ − θ*) = 2 Σs (F − F*)
    /// to second order, so that at 0.01 no parameter is further off than 0.14 of its error.
    /// </summary>
    internal static bool AreNear(double? gap, double totalWeight) => gap * totalWeight <= 0.01;

    /// <summary>Why a model has no standard errors, and what to do about it.</summary>
    /// <param name="model">The model.</param>
    public static string WhyNone(PerceptronModel model)
    {
        var record = model.Training;
        if (record.Storage == Data.FeatureStorage.Sparse)
            return "they are not computed for sparse features";
        if (record.L1 > 0 || record.L2 > 0)
            return "a penalty draws the weights towards 0, so that standard errors would not say how sure they are; train without one";
        if (record.ClassWeight != ClassWeight.None)
            return "the classes were balanced by weights, which are no counts of samples; train without --class-weight";
        return record.Certificate switch
        {
            null => "the model was written by an earlier version; train it again",
            _ when record.Features > Diagnostics.Certificates.Certifier.MaximumFeatures =>
                "there are too many features: they need the Hessian, which is taken for up to "
                + $"{Diagnostics.Certificates.Certifier.MaximumFeatures:N0}",
            _ when model.Conditioning?.Findings.Any(finding => finding.Code is "duplicate_columns" or "collinear_columns") == true =>
                "columns depend on each other, so that their weights are not determined one by one; leave out those that are named here",
            { Gap: null } => "no finite optimum is proved, at which they could be taken; 'gpuperceptron diagnose' says why",
            { Gap: { } gap } when !AreNear(gap, record.Samples) =>
                $"training ended too far from the optimum ({gap:g2} above it); train with a smaller --tolerance",
            _ => "a column is constant or a copy of another, or the Hessian is too costly on so many samples; "
                + "'gpuperceptron diagnose' names columns",
        };
    }
}
