using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace GpuPerceptron.Engines.Host;

/// <summary>Adds products to the sums of their columns.</summary>
internal static unsafe class SparseSums
{
    /// <summary>Adds four products.</summary>
    /// <remarks>One by one: the loads and stores of single sums bound it, and to pair sums in registers only adds work (a tenth of a pass, measured on
    /// Intel's alone).</remarks>
    /// <param name="columns">Their columns.</param>
    /// <param name="products">The products.</param>
    /// <param name="pairs">Sums, one a column.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void AddFour(int* columns, Vector128<float> products, WeightedSum* pairs)
    {
        Add(columns[0], products.ToScalar(), pairs);
        Add(columns[1], Vector128.Shuffle(products, Vector128.Create(1)).ToScalar(), pairs);
        Add(columns[2], Vector128.Shuffle(products, Vector128.Create(2)).ToScalar(), pairs);
        Add(columns[3], Vector128.Shuffle(products, Vector128.Create(3)).ToScalar(), pairs);
    }

    /// <summary>Adds a product.</summary>
    /// <remarks>The sum's address is computed once, in one instruction: with an index in the load and in the store, or a field's place added apart, a pass
    /// takes a twentieth longer.</remarks>
    /// <param name="column">Its column.</param>
    /// <param name="product">The product.</param>
    /// <param name="pairs">Sums, one a column.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Add(int column, float product, WeightedSum* pairs)
    {
        float* sum = (float*)((WeightedSum*)((float*)pairs + 1) + (uint)column);
        *sum += product;
    }
}
