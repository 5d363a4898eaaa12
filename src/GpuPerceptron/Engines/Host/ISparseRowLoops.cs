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
    /// <param name="weights">w.</param>
    /// <param name="sums">One a column.</param>
    static abstract void Ask(long* starts, int row, int rows, int* columns, float* values, float* weights, double* sums);

    /// <summary>Σ x w.</summary>
    /// <param name="columns">The row's columns, and slack after them: of any number, but memory of the rows'.</param>
    /// <param name="values">Its values, likewise.</param>
    /// <param name="count">How many they are.</param>
    /// <param name="weights">w.</param>
    static abstract float Dot(int* columns, float* values, int count, float* weights);

    /// <summary>sums += factor · x, each product exact in float64 where the factor is a float32.</summary>
    /// <param name="columns">The row's columns.</param>
    /// <param name="values">Its values.</param>
    /// <param name="count">How many they are.</param>
    /// <param name="factor">Of all values.</param>
    /// <param name="sums">One a column.</param>
    static abstract void AddScaled(int* columns, float* values, int count, double factor, double* sums);
}
