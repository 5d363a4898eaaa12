namespace GpuPerceptron.Models;

/// <summary>What a table's column holds.</summary>
public enum ColumnKind
{
    /// <summary>Any number.</summary>
    Number,

    /// <summary>true (1) or false (0).</summary>
    Boolean,

    /// <summary>A date, or a date and time: days since 1970-01-01, with fractions.</summary>
    Date,

    /// <summary>A time of day: hours since midnight, with fractions.</summary>
    Time,

    /// <summary>One of a few texts: one feature for each level but the reference.</summary>
    Category,

    /// <summary>All indices of a sparse file or a hashed table, one feature each: what is not written is 0.</summary>
    Sparse,
}

/// <summary>
/// What a table becomes: which columns are read, what each turns into, what fills a gap. Fitted once, on the training
/// data, and kept in the model, so that prediction takes the same raw table.
/// </summary>
/// <param name="Label">The column to be predicted.</param>
/// <param name="Columns">The columns read, in the order of their features.</param>
/// <param name="Standardized">
/// Whether features are (x − mean) / standard deviation of the training data, or x itself, but for what <see cref="Centered"/> and
/// <see cref="Scaled"/> do to it while training.
/// </param>
public sealed record Schema(LabelSchema Label, IReadOnlyList<ColumnSchema> Columns, bool Standardized)
{
    /// <summary>
    /// Whether features that are not standardised have their mean taken where it is further from 0 than their deviation, such as years. The
    /// optimum is the same, for the bias is not penalised; but float32 then keeps the digits that tell samples apart, and the Hessian has no
    /// great eigenvalue of the means. Most values of a feature nearer to 0 may be much less than its mean, and would lose digits.
    /// For training alone: a model is of features that are standardised, or as they are in the table.
    /// </summary>
    public bool Centered { get; init; }

    /// <summary>
    /// Whether features that are not standardised are divided by their standard deviation, which changes no optimum as long as nothing is
    /// penalised. For training alone.
    /// </summary>
    public bool Scaled { get; init; }

    /// <summary>Whether samples are encoded for training alone: a model is then turned into one of the table's units.</summary>
    internal bool IsForTraining => !Standardized && (Centered || Scaled);

    /// <summary>Whether the features, as they are encoded, are of a like spread.</summary>
    internal bool IsEven => Standardized || Scaled;

    /// <summary>The features, in the order of the matrix's columns.</summary>
    public IEnumerable<FeatureSchema> Features => Columns.SelectMany(column => column.Features);

    /// <summary>Features in all columns (M).</summary>
    public int FeatureCount => Columns.Sum(column => column.Features.Count);

    /// <summary>The sparse column, where the features are sparse; else null.</summary>
    public SparseFeatures? Sparse => Columns is [{ Features: SparseFeatures sparse }] ? sparse : null;

    /// <summary>The same with other sparse features.</summary>
    internal Schema WithSparse(IReadOnlyList<FeatureSchema> features) => this with { Columns = [Columns[0] with { Features = features }] };

    /// <summary>A feature's name.</summary>
    internal string NameOf(int feature) => (Sparse is { } sparse ? sparse[feature] : Features.ElementAt(feature)).Name;

    /// <summary>The features' means.</summary>
    internal double[] Means() => Sparse?.Means() ?? [.. Features.Select(feature => feature.Mean)];

    /// <summary>What is taken from each feature as it is encoded: x̂ = (x − offset) · factor.</summary>
    internal double[] Offsets() => Standardized ? Means()
        : Centered ? [.. Features.Select(feature => TakesMeanOf(feature) ? feature.Mean : 0)]
        : new double[FeatureCount];

    /// <summary>Whether a feature's mean is taken from it.</summary>
    internal bool TakesMeanOf(FeatureSchema feature) => Standardized || (Centered && Math.Abs(feature.Mean) > feature.StandardDeviation);

    /// <summary>What each feature is then multiplied by.</summary>
    internal double[] Factors() => IsEven
        ? [.. Deviations().Select(deviation => 1 / deviation)]
        : [.. Enumerable.Repeat(1.0, FeatureCount)];

    /// <summary>The mean square of each feature in the units trained in, over the samples that the schema was fitted on.</summary>
    internal double[] MeanSquares()
    {
        double[] means = Means(), deviations = Deviations(), offsets = Offsets(), factors = Factors();
        return Standardized ? [.. Enumerable.Repeat(1.0, FeatureCount)] : [.. means.Select((mean, j) => MeanSquare(mean, j))];

        double MeanSquare(double mean, int j) =>
            factors[j] * factors[j] * ((mean - offsets[j]) * (mean - offsets[j]) + deviations[j] * deviations[j]);
    }

    /// <summary>The features' standard deviations.</summary>
    internal double[] Deviations() => Sparse is { } sparse
        ? [.. sparse.Scales]
        : [.. Features.Select(feature => feature.StandardDeviation)];
}

/// <summary>The column to be predicted and the names of its two values.</summary>
/// <param name="Column">The column's name.</param>
/// <param name="Negative">The value that is label 0.</param>
/// <param name="Positive">The value that is label 1, whose probability the model gives.</param>
public sealed record LabelSchema(string Column, string Negative, string Positive);

/// <summary>A column and its features.</summary>
/// <param name="Name">The column's name in the table.</param>
/// <param name="Kind">What it holds.</param>
/// <param name="Missing">Training samples without a value; a missing value counts as the mean of each of the column's features.</param>
/// <param name="Features">One feature; for a category, one for each level that has one.</param>
/// <param name="Reference">For a category: the level without a feature, the most frequent; its samples have 0 in every feature.</param>
public sealed record ColumnSchema(
    string Name, ColumnKind Kind, long Missing, IReadOnlyList<FeatureSchema> Features, string? Reference = null);

/// <summary>A feature: a column of X.</summary>
/// <param name="Name">The column's name, for a category "column=level".</param>
/// <param name="Mean">The training mean in the table's units: what fills a gap.</param>
/// <param name="StandardDeviation">The population's standard deviation in the table's units, greater than 0.</param>
/// <param name="Level">For a category: the level whose samples have 1.</param>
/// <param name="IsOther">For a category: the feature of all rarer levels; a level never seen in training goes there too.</param>
public sealed record FeatureSchema(string Name, double Mean, double StandardDeviation, string? Level = null, bool IsOther = false);
