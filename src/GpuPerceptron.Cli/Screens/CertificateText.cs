using GpuPerceptron.Data;
using GpuPerceptron.Diagnostics;
using GpuPerceptron.Diagnostics.Certificates;
using GpuPerceptron.Models;

namespace GpuPerceptron.Cli.Screens;

/// <summary>A certificate in words.</summary>
internal static class CertificateText
{
    /// <param name="record">The training that it is of.</param>
    public static string Of(TrainingRecord record) => record.Certificate switch
    {
        null => "none: the model is of an earlier version",
        { Gap: { } gap } certificate => $"within {UpperBound(gap)} of the optimum{OfWhat(record)}, proved in float64 by the {Method(certificate.Method)}",
        _ when record.Features > Certifier.MaximumFeatures && record is { L1: 0, L2: 0 } =>
            $"none: without a penalty a proof takes a Hessian, which costs too much above {Numbers.Count(Certifier.MaximumFeatures, "feature")}; add --l2 0.001, with which it takes none",
        _ when record.Storage == FeatureStorage.Sparse => "none: no optimum is proved to be there",
        _ => "none: no optimum is proved to be there; 'gpuperceptron diagnose' says why",
    };

    /// <summary>What there is to note of it.</summary>
    public static IEnumerable<string> Notes(TrainingRecord record) => record is { Certificate.Gap: not null, Storage: FeatureStorage.Float16 }
        ? [$"the certificate is of the optimum{OfWhat(record)}; that of the table's features may differ"]
        : [];

    private static string OfWhat(TrainingRecord record) => record.Storage == FeatureStorage.Float16 ? " for the features as rounded to float16" : "";

    /// <summary>Two digits, rounded up: what is proved stays true.</summary>
    private static string UpperBound(double gap)
    {
        if (gap < 1e-15) return "1e-15"; // the losses themselves are known no better
        double unit = Math.Pow(10, Math.Floor(Math.Log10(gap)) - 1);
        return Numbers.Short(Math.Ceiling(gap / unit) * unit);
    }

    private static string Method(CertificateMethod method) => method == CertificateMethod.DualityGap ? "duality gap" : "Newton decrement";
}
