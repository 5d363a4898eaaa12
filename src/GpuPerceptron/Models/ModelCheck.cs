namespace GpuPerceptron.Models;

/// <summary>Judges whether a model that was read from a file makes sense: files are edited by hand, too.</summary>
internal static class ModelCheck
{
    /// <summary>The first thing that is wrong with a model, in words; null where nothing is.</summary>
    public static string? ProblemOf(PerceptronModel model)
    {
        var schema = model.Schema;
        if (schema.Sparse is { } sparse) return ProblemOf(model, sparse);
        if (schema.Columns.Any(column => column.Kind == ColumnKind.Sparse)) return "its sparse column has no indices";
        if (model.Weights.Count == 0) return "it has no features";
        if (!model.Weights.All(double.IsFinite) || !double.IsFinite(model.Bias)) return "a weight or the bias is not finite";
        if (model.StandardErrors is { } errors && (errors.WeightsRaw.Count != model.Weights.Count || !errors.WeightsRaw.All(double.IsFinite)))
            return "its standard errors do not fit its weights";
        if (schema.Label.Negative == schema.Label.Positive) return $"both labels are \"{schema.Label.Positive}\"";
        var twice = schema.Columns.GroupBy(column => column.Name).FirstOrDefault(group => group.Count() > 1);
        if (twice is not null) return $"column \"{twice.Key}\" is there twice";
        return schema.Columns.Select(column => ProblemOf(column, schema.Label)).FirstOrDefault(problem => problem is not null);
    }

    /// <summary>With a penalty λ₁ a sparse model may have no weight at all.</summary>
    private static string? ProblemOf(PerceptronModel model, SparseFeatures features)
    {
        if (model.Weights.Count != features.Count || features.Scales.Length != features.Count)
            return $"it has {features.Count} indices, {model.Weights.Count} weights and {features.Scales.Length} scales; they "
                + "must be as many";
        if (!model.Weights.All(double.IsFinite) || !double.IsFinite(model.Bias)) return "a weight or the bias is not finite";
        if (features.Table is { } table)
        {
            if (table.Bits is < HashedTable.LeastBits or > HashedTable.MostBits) return $"it was hashed to {table.Bits} bits";
            if (table.Columns.Select(column => column.Name).Distinct().Count() < table.Columns.Count) return "a hashed column is there twice";
            if (!table.Columns.All(column => double.IsFinite(column.Mean))) return "the mean of a hashed column is not finite";
        }

        for (int j = 0; j < features.Count; j++)
        {
            if (features.Indices[j] is < 0 or > SparseFeatures.MaximumIndex)
                return $"index {features.Indices[j]} is not from 0 to {SparseFeatures.MaximumIndex}";
            if (j > 0 && features.Indices[j] <= features.Indices[j - 1]) return $"index {features.Indices[j]} does not ascend";
            if (!(features.Scales[j] > 0 && double.IsFinite(features.Scales[j])))
                return $"index {features.Indices[j]} has the scale {features.Scales[j]}; it must be above 0";
        }

        var label = model.Schema.Label;
        return label.Negative == label.Positive ? $"both labels are \"{label.Positive}\"" : null;
    }

    private static string? ProblemOf(ColumnSchema column, LabelSchema label)
    {
        if (column.Name == label.Column) return $"column \"{column.Name}\" is the label and a feature too";
        if (column.Features.FirstOrDefault(feature => !(feature.StandardDeviation > 0 && double.IsFinite(feature.StandardDeviation))) is { } spread)
            return $"feature \"{spread.Name}\" has the standard deviation {spread.StandardDeviation}; it must be above 0";
        if (column.Features.FirstOrDefault(feature => !double.IsFinite(feature.Mean)) is { } mean)
            return $"the mean of feature \"{mean.Name}\" is not finite";
        if (column.Kind != ColumnKind.Category)
            return column.Features.Count == 1 ? null : $"column \"{column.Name}\" has {column.Features.Count} features; its kind has one";
        if (column.Features.Count == 0) return $"column \"{column.Name}\" has no levels";
        if (column.Reference is null) return $"column \"{column.Name}\" has no reference level";
        if (!column.Features.All(feature => feature.IsOther == (feature.Level is null)))
            return $"a feature of column \"{column.Name}\" has no level";
        var levels = column.Features.Select(feature => feature.Level).Append(column.Reference);
        return levels.Distinct().Count() == column.Features.Count + 1 ? null : $"column \"{column.Name}\" has a level twice";
    }
}
