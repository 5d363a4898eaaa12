namespace GpuPerceptron.Diagnostics.Gradients;

/// <summary>A number that a gradient was multiplied by, and the mistakes that do so.</summary>
/// <param name="Value">c; the right one is 1.</param>
/// <param name="Slips">The mistakes.</param>
internal readonly record struct NamedFactor(double Value, IReadOnlyList<Slip> Slips)
{
    public int Cost { get; } = Slips.Sum(slip => slip.Cost);
}

/// <summary>Mistakes that multiply the whole gradient by a number.</summary>
internal static class FactorSlips
{
    /// <summary>The number 1, each mistake's, and those of two mistakes together.</summary>
    /// <param name="samples">N.</param>
    /// <param name="totalWeight">Σs.</param>
    /// <param name="features">M.</param>
    public static IReadOnlyList<NamedFactor> All(long samples, double totalWeight, int features)
    {
        NamedFactor[] single =
        [
            new(-1, [WrongSign]),
            new(totalWeight, [NotAveraged]),
            new(1 / totalWeight, [AveragedTwice]),
            new(2, [Two]),
            new(0.5, [Half]),
            new(1 / Math.Log(2), [LogBase("two", "2", "1.4427")]),
            new(1 / Math.Log(10), [LogBase("ten", "10", "0.4343")]),
            .. samples > 1 ? [new NamedFactor(totalWeight / (totalWeight - 1), [NMinusOne])] : Array.Empty<NamedFactor>(),
            .. features > 1
                ? [new NamedFactor(1.0 / features, [DividedByFeatures]), new NamedFactor(totalWeight / features, [FeaturesForSamples])]
                : Array.Empty<NamedFactor>(),
            .. totalWeight != samples ? [new NamedFactor(totalWeight / samples, [CountForWeight])] : Array.Empty<NamedFactor>(),
        ];
        var pairs =
            from i in Enumerable.Range(0, single.Length)
            from j in Enumerable.Range(0, i)
            let value = single[i].Value * single[j].Value
            where Math.Abs(value - 1) > 1e-9 // two mistakes that undo each other are none
            select new NamedFactor(value, [.. single[j].Slips, .. single[i].Slips]);
        return [new NamedFactor(1, []), .. single, .. pairs];
    }

    /// <summary>A number that is none of the named ones.</summary>
    public static Slip Scaled(double factor) => new("scaled",
        $"it is {factor:g5} times the right gradient" + (factor < 0
            ? ", which looks like the step -(learning rate) * gradient" : ", which looks like a learning rate or another constant in it"),
        "leave the learning rate and other constants to the update, w <- w - (learning rate) * gradient", Slip.Fitted);

    private static Slip WrongSign { get; } = new("wrong_sign",
        "the sign is opposite: Y - Z in place of Z - Y, or the update's minus sign is in it; a step against it climbs",
        "(1/N) (Z - Y) X^T, and w <- w - (learning rate) * gradient");

    private static Slip NotAveraged { get; } = new("not_averaged",
        "it is the sum over the samples; the loss is their mean, and 1/N is missing, so that a learning rate that works here is N times too large",
        "divide by the number of samples N (by the sum of the sample weights where there are any)");

    private static Slip AveragedTwice { get; } = new("averaged_twice",
        "it is divided by N twice, so that steps are N times too small",
        "divide by N once: a mean's derivative has its 1/N already");

    private static Slip Two { get; } = new("factor_two",
        "it is twice the right one: a factor 2, as from a square's derivative, does not belong to cross-entropy",
        "drop the factor 2");

    private static Slip Half { get; } = new("factor_half",
        "it is half the right one: a factor 1/2, as before a squared error, does not belong to cross-entropy",
        "drop the factor 1/2");

    private static Slip NMinusOne { get; } = new("divided_by_n_minus_one",
        "it is divided by N - 1; the loss is a mean over N samples",
        "divide by N")
    { Vanishes = true };

    private static Slip DividedByFeatures { get; } = new("divided_by_features",
        "it is divided by the number of features too: a mean over all entries of the product, or over the wrong axis",
        "divide by the number of samples only");

    private static Slip FeaturesForSamples { get; } = new("features_for_samples",
        "it is divided by the number of features in place of the number of samples: the mean, or the length, of the wrong axis",
        "divide by the number of samples N");

    private static Slip CountForWeight { get; } = new("count_for_weight",
        "the weighted sum is divided by the number of samples; F divides it by the sum of their weights",
        "divide by the sum of the sample weights");

    private static Slip LogBase(string word, string number, string factor) => new($"log_base_{word}",
        $"it is {factor} = 1/ln {number} times the right one: the loss takes logarithms to base {number}, and its gradient follows suit",
        "use the natural logarithm, or compare the losses' minima: the weights at the optimum are the same");
}
