namespace GpuPerceptron.Diagnostics.Gradients;

/// <summary>An order that a user's values may stand in.</summary>
/// <param name="Slips">None for the schema's order.</param>
/// <param name="Position">Where the value of each feature stands (the bias last); of M + 1 values, or M without the bias.</param>
/// <param name="HoldsForWeights">Whether the weights stand in it too.</param>
internal sealed record ValueOrder(IReadOnlyList<Slip> Slips, int[] Position, bool HoldsForWeights)
{
    /// <summary>The schema's order, then those that people arrive at otherwise.</summary>
    /// <param name="names">The features' names.</param>
    /// <param name="values">Values in the gradient: M or M + 1.</param>
    /// <param name="weightsVary">Whether weights were given that could stand in another order.</param>
    public static IReadOnlyList<ValueOrder> All(IReadOnlyList<string> names, int values, bool weightsVary)
    {
        int features = names.Count;
        int[] identity = [.. Enumerable.Range(0, values)];
        var orders = new List<ValueOrder> { new([], identity, false) };

        void Add(Slip slip, IEnumerable<int> position)
        {
            int[] positions = [.. position.Take(values)];
            if (positions.SequenceEqual(identity)) return;
            orders.Add(new ValueOrder([slip], positions, false));
            if (weightsVary) orders.Add(new ValueOrder([slip], positions, true));
        }

        if (values == features + 1)
            Add(Slip("bias_first", "the bias's value stands first"), Enumerable.Range(1, features).Append(0));
        int[] sorted = [.. Enumerable.Range(0, features)], place = [.. sorted];
        Array.Sort([.. names], sorted, StringComparer.Ordinal);
        Array.Sort([.. sorted], place); // the inverse permutation
        Add(Slip("columns_sorted", "the values stand in the order of the features' names"), place.Append(features));
        Add(Slip("order_reversed", "the values stand in reversed order"), Enumerable.Range(0, features).Reverse().Append(features));
        return orders;
    }

    /// <summary>Values in the schema's order.</summary>
    public double[] Arrange(IReadOnlyList<double> values) => [.. Position.Select(position => values[position])];

    private static Slip Slip(string code, string message) => new(code, message, "give them in the order of the table's columns, the bias last");
}
