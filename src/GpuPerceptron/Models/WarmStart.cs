namespace GpuPerceptron.Models;

/// <summary>A trained model's parameters as the start of another training.</summary>
internal static class WarmStart
{
    /// <summary>θ in the units of a schema.</summary>
    /// <remarks>The logit stays the same: see <see cref="AffineUnits"/>.</remarks>
    /// <param name="model">The model.</param>
    /// <param name="schema">The schema that encoded the data to be trained on.</param>
    /// <returns>The weights, then the bias.</returns>
    /// <exception cref="PerceptronException">The model is of other features or labels.</exception>
    public static double[] Parameters(PerceptronModel model, Schema schema)
    {
        if (Difference(model.Schema, schema) is { } difference)
            throw new PerceptronException(Fault.Data,
                $"the model to start from does not fit the data: {difference}; train it on the same columns, or start without it");
        var raw = model.Raw;
        if (schema.Sparse is { } sparse) return SparseParameters(model, raw, sparse, schema.Standardized);
        return AffineUnits.Of(schema).Encode([.. raw.Weights, raw.Bias]);
    }

    private static string? SparseDifference(HashedTable? model, HashedTable? data)
    {
        if (model is null || data is null) return model == data ? null : "one of them is of a LIBSVM file";
        if (model.Bits != data.Bits) return $"it was hashed to {model.Bits} bits, the data to {data.Bits}";
        return model.Columns.Select(column => column.Name).SequenceEqual(data.Columns.Select(column => column.Name)) ? null
            : "it was trained on other columns, or in another order";
    }

    /// <summary>Indices that the model has no weight for start at 0.</summary>
    private static double[] SparseParameters(PerceptronModel model, RawParameters raw, SparseFeatures features, bool standardized)
    {
        var known = model.Schema.Sparse!;
        var columns = known.ColumnByIndex();
        double[] parameters = new double[features.Count + 1];
        for (int j = 0; j < features.Count; j++)
        {
            int column = columns[features.Indices[j]];
            if (column >= 0) parameters[j] = raw.Weights[column] * (standardized ? features.Scales[j] : 1);
        }

        parameters[^1] = raw.Bias;
        if (!standardized) return parameters;
        double[] means = features.Means();
        for (int j = 0; j < means.Length; j++)
            parameters[^1] += parameters[j] / features.Scales[j] * means[j];
        return parameters;
    }

    private static string? Difference(Schema model, Schema data)
    {
        if (model.Sparse is null != data.Sparse is null)
            return model.Sparse is null ? "it is of columns with names, the data of indices" : "it is of indices, the data of "
                + "columns with names";
        if (model.Label.Negative != data.Label.Negative || model.Label.Positive != data.Label.Positive)
            return $"it tells '{model.Label.Positive}' from '{model.Label.Negative}', the data '{data.Label.Positive}' from '{data.Label.Negative}'";
        if (model.Sparse is { } sparse) return SparseDifference(sparse.Table, data.Sparse!.Table);
        string[] names = [.. model.Features.Select(feature => feature.Name)], others = [.. data.Features.Select(feature => feature.Name)];
        if (names.Length != others.Length) return $"it has {names.Length} features, the data {others.Length}";
        int first = Enumerable.Range(0, names.Length).FirstOrDefault(j => names[j] != others[j], -1);
        return first < 0 ? null : $"its feature {first + 1} is '{names[first]}', the data's '{others[first]}'";
    }
}
