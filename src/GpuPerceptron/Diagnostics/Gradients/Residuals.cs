namespace GpuPerceptron.Diagnostics.Gradients;

/// <summary>Mistakes on the way from a sample's logit to its coefficient, which should be z − y.</summary>
internal static class Residuals
{
    private const string Right = "dL/dv = (z - y)/N";

    public static Slip LabelsPlusMinusOne { get; } = new("labels_plus_minus_one",
        "the labels in z - y are -1 and 1; z = sigma(v) lies between 0 and 1, so that z - y cannot vanish for any sample",
        "use labels 0 and 1, y = (t + 1)/2; or with t = -1 and 1 the loss log(1 + exp(-t v)), whose gradient is -(1/N) sum t sigma(-t v) x");

    public static Slip LabelsOneTwo { get; } = new("labels_one_two",
        "the labels in z - y are 1 and 2; z = sigma(v) lies between 0 and 1",
        "use labels 0 and 1");

    public static Slip SigmaPrimeTwice { get; } = new("sigma_prime_twice",
        "z - y is multiplied by sigma'(v) = z (1 - z) once more; that is the squared error's gradient, or the chain rule's factor taken "
        + "twice: in dL/dz sigma'(v) = (z - y)/(N z (1 - z)) * z (1 - z) it has cancelled, which is why cross-entropy learns where z saturates",
        $"drop the factor z (1 - z): {Right}");

    public static Slip SigmaPrimeMissing { get; } = new("sigma_prime_missing",
        "this is dL/dz = (z - y)/(N z (1 - z)) times X^T; the chain rule's factor dz/dv = sigma'(v) = z (1 - z) is missing",
        $"multiply each sample by z (1 - z), which leaves {Right}");

    public static Slip SigmaPrimeOfOutput { get; } = new("sigma_prime_of_output",
        "sigma' is taken at z in place of v: a derivative that applies sigma itself was given sigma(v)",
        $"sigma'(v) = z (1 - z) with z = sigma(v) computed once, which cancels: {Right}");

    public static Slip SlopeOfLogit { get; } = new("slope_of_logit",
        "v (1 - v) stands where sigma'(v) = z (1 - z) belongs: a derivative that expects z = sigma(v) was given v",
        $"give it z; it cancels: {Right}");

    public static Slip SigmoidMissing { get; } = new("sigmoid_missing",
        "this is (v - y) times X^T, the gradient of least squares: the output is the logit, and the sigmoid is missing",
        "z = 1/(1 + exp(-v)), and z - y in place of v - y");

    public static Slip SigmoidTwice { get; } = new("sigmoid_twice",
        "the sigmoid is applied twice, as where a loss that takes logits (BCEWithLogitsLoss, from_logits=True) is given probabilities",
        "give that loss v = w x + b, without a sigmoid before it");

    public static Slip Thresholded { get; } = new("thresholded",
        "the output is 0 or 1, whether v is at least 0, in place of the probability sigma(v): that is the perceptron's learning rule, "
        + "not the gradient of the cross-entropy",
        "use z = sigma(v) and round only to predict");

    public static Slip SecondTermSign { get; } = new("second_term_sign",
        "the samples with y = 0 count with the wrong sign: d/dz log(1 - z) = -1/(1 - z), and the inner derivative -1 is missing",
        "dL/dz = -(1/N) (y/z - (1 - y)/(1 - z)); with sigma'(v) that is (z - y)/N");

    public static Slip OneMinusReciprocal { get; } = new("one_minus_reciprocal",
        "d/dz log(1 - z) is taken for 1 - 1/(z - 1); it is 1/(z - 1)",
        "dL/dz = -(1/N) (y/z + (1 - y)/(z - 1)), elementwise; with sigma'(v) that is (z - y)/N");

    public static Slip PositivesOnly { get; } = new("positives_only",
        "only samples with y = 1 count: this is the gradient of -(1/N) sum y log z, without the term (1 - y) log(1 - z)",
        $"keep both terms: {Right} for every sample");

    public static Slip NegativesOnly { get; } = new("negatives_only",
        "only samples with y = 0 count: this is the gradient of -(1/N) sum (1 - y) log(1 - z), without the term y log z",
        $"keep both terms: {Right} for every sample");

    public static Slip LabelsBroadcast { get; } = new("labels_broadcast",
        "each z is compared with the mean of all labels: arrays of shapes (N, 1) and (N) were subtracted, which gives an N x N matrix",
        "bring z and y to one shape, y.reshape(-1, 1) or z.ravel(), and check that z - y has N values");

    public static Slip OutputsBroadcast { get; } = new("outputs_broadcast",
        "each y is compared with the mean of all outputs: arrays of shapes (N) and (N, 1) were subtracted, which gives an N x N matrix",
        "bring z and y to one shape, y.reshape(-1, 1) or z.ravel(), and check that z - y has N values");

    public static Slip SummedEarly { get; } = new("summed_before_chain_rule",
        "dL/dz was summed over the samples before the chain rule: a row times a column is one number, and each sample's dL/dz must meet "
        + "its own sigma'(v); at w = 0 with as many samples of either label that number is 0, and nothing moves",
        "multiply elementwise, (dL/dz)_k sigma'(v_k) = (z_k - y_k)/N, and sum over the samples last, in the product by X^T");

    public static Slip MeansMultiplied { get; } = new("summed_before_product",
        "z - y was averaged over the samples before it met X: this is mean(z - y) times mean(x), not mean((z - y) x)",
        "multiply each sample's z - y by its own x, then average: (1/N) (Z - Y) X^T");

    public static Slip FirstSampleOnly { get; } = new("one_sample",
        "only the first sample counts",
        "sum (z - y) x over all samples and divide by N");

    public static Slip LastSampleOnly { get; } = new("one_sample",
        "only the last sample counts: the loop overwrites the gradient where it should add to it",
        "gradient += (z - y) x, and divide by N after the loop");

    public static Slip ExponentSign { get; } = new("exponent_sign",
        "the output is 1/(1 + exp(v)) = 1 - sigma(v): the exponent's minus sign is missing",
        "z = 1/(1 + exp(-v))");

    public static Slip BiasNotAdded { get; } = new("bias_not_added",
        "the logits are w x without the bias b, though its gradient is there",
        "v = w x + b");

    public static Slip ParametersIgnored { get; } = new("parameters_ignored",
        "this is the gradient at w = 0 and b = 0, not at the weights given",
        "compute it at the weights in --weights, or leave --weights out");

    public static Slip SampleWeightsIgnored { get; } = new("sample_weights_ignored",
        "all samples count alike; their weights s are left out",
        "(1/sum s) sum s (z - y) x, or leave --weight out");

    public static Slip Zero { get; } = new("zero",
        "the gradient is 0 throughout, and the right one is not: it was not computed, or was cleared before it was read",
        "read it after the backward pass, before it is set to zero");

    public static Slip LabelsExchanged(string negative) => new("labels_exchanged",
        $"the labels are exchanged: your 1 is \"{negative}\", which is 0 here",
        $"compare with --positive \"{negative}\", or exchange 0 and 1 in your code");
}
