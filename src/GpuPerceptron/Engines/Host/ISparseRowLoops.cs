using System.Runtime.Intrinsics;

namespace GpuPerceptron.Engines.Host;

/// <summary>The loops over the values of a sparse row, as a kind of processor is fast with.</summary>
internal unsafe interface ISparseRowLoops
{
    /// <summary>Asks for what rows to come need, and no processor asks for by itself.</summary>
    /// <param name="starts">Where rows start.</param>
    /// <param name="row">The row that is about to be read.</param>
    /// <param name="rows">How many rows there are.</param>
    /// <param name="columns">All columns.</param>
    /// <param name="values">All values.</param>
    /// <param name="pairs">w and sums, one a column.</param>
    static abstract void Ask(long* starts, int row, int rows, int* columns, float* values, WeightedSum* pairs);

    /// <summary>Σ x w.</summary>
    /// <param name="columns">The row's columns, and slack after them: of any number, but memory of the rows'.</param>
    /// <param name="values">Its values, likewise.</param>
    /// <param name="count">How many they are.</param>
    /// <param name="pairs">w, one a column.</param>
    static abstract float Dot(int* columns, float* values, int count, WeightedSum* pairs);

    /// <summary>sums += factor · x, or another product of both.</summary>
    /// <typeparam name="TProducts">Which.</typeparam>
    /// <param name="columns">The row's columns.</param>
    /// <param name="values">Its values.</param>
    /// <param name="count">How many they are.</param>
    /// <param name="factor">Of all values.</param>
    /// <param name="pairs">Sums, one a column.</param>
    static abstract void AddProducts<TProducts>(int* columns, float* values, int count, float factor, WeightedSum* pairs)
        where TProducts : struct, IRowProducts;
}

/// <summary>What is added of a row's values and its factor.</summary>
internal interface IRowProducts
{
    /// <summary>Of four values.</summary>
    static abstract Vector128<float> Of(Vector128<float> factor, Vector128<float> values);

    /// <summary>Of one.</summary>
    static abstract float Of(float factor, float value);
}

/// <summary>factor · x.</summary>
internal readonly struct Products : IRowProducts
{
    /// <inheritdoc/>
    public static Vector128<float> Of(Vector128<float> factor, Vector128<float> values) => factor * values;

    /// <inheritdoc/>
    public static float Of(float factor, float value) => factor * value;
}

/// <summary>factor · x².</summary>
internal readonly struct SquareProducts : IRowProducts
{
    /// <inheritdoc/>
    public static Vector128<float> Of(Vector128<float> factor, Vector128<float> values) => factor * values * values;

    /// <inheritdoc/>
    public static float Of(float factor, float value) => factor * value * value;
}
