using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace GpuPerceptron.Engines.Host;

/// <summary>Adds products to the sums of their columns, four at a time.</summary>
internal static unsafe class SparseSums
{
    /// <summary>Four values, in float64.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<double> Widened(float* values)
    {
        var four = Vector128.Load(values);
        return Avx.IsSupported ? Avx.ConvertToVector256Double(four) : Vector256.Create(Vector128.WidenLower(four), Vector128.WidenUpper(four));
    }

    /// <summary>Adds four products.</summary>
    /// <remarks>One by one: the loads and stores of single sums bound it, and to pair sums in registers only adds work (a tenth of a pass, measured on
    /// Intel's alone).</remarks>
    /// <param name="columns">Their columns.</param>
    /// <param name="products">The products.</param>
    /// <param name="sums">One a column.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void AddFour(int* columns, Vector256<double> products, double* sums)
    {
        var (low, high) = (products.GetLower(), products.GetUpper());
        Add(columns[0], low, sums);
        Add(columns[1], Vector128.Shuffle(low, Vector128.Create(1L, 1)), sums);
        Add(columns[2], high, sums);
        Add(columns[3], Vector128.Shuffle(high, Vector128.Create(1L, 1)), sums);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Add(int column, Vector128<double> first, double* sums) => sums[(uint)column] = first.ToScalar() + sums[(uint)column];
}
