using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using GpuPerceptron.Engines.Host;

namespace GpuPerceptron.Engines.Simd;

/// <summary>
/// Products of some columns of a panel with a panel's, summed over the rows, in registers of eight lanes: of sixteen registers twelve
/// hold sums. On these types themselves the compiler adds to a sum in its place; on <see cref="ISimd{TSelf}"/> it moves every other.
/// </summary>
internal static unsafe class HessianBlocks256
{
    private const int Columns = HessianTile.PanelColumns;
    private const int Lanes = 8;

    /// <summary>Adds the products of a panel's columns with a panel's.</summary>
    /// <param name="a">The first panel.</param>
    /// <param name="b">The second; the first again for a block on the diagonal, of which only the lower triangle is wanted.</param>
    /// <param name="rows">Rows of the tile.</param>
    /// <param name="columns">Columns of a that count, from 1 to 16.</param>
    /// <param name="sums">Sums of (a, b).</param>
    public static void AddBlock(float* a, float* b, int rows, int columns, double* sums)
    {
        int row = 0;
        if (a == b)
        {
            // The first eight columns on the diagonal need but as many.
            EightByOne(a, b, rows, sums);
            row = Lanes;
        }

        for (int left; (left = columns - row) > 0;)
        {
            if (left >= 6 && row < Lanes) // so that no more than sixteen are taken
            {
                SixByTwo(a + row, b, rows, sums + row * Columns);
                row += 6;
            }
            else
            {
                FourByTwo(a + row, b, rows, sums + row * Columns);
                row += 4;
            }
        }
    }

    /// <summary>Adds the products of six columns with sixteen.</summary>
    [MethodImpl(FusedRows.Hot)]
    private static void SixByTwo(float* a, float* b, int rows, double* sums)
    {
        Vector256<float> s00 = default, s01 = default;
        Vector256<float> s10 = default, s11 = default;
        Vector256<float> s20 = default, s21 = default;
        Vector256<float> s30 = default, s31 = default;
        Vector256<float> s40 = default, s41 = default;
        Vector256<float> s50 = default, s51 = default;
        for (int k = 0; k < rows; k++)
        {
            Vector256<float> x0 = Vector256.Load(b), x1 = Vector256.Load(b + Lanes);
            var a0 = Vector256.Create(a[0]);
            s00 = Vector256.FusedMultiplyAdd(a0, x0, s00);
            s01 = Vector256.FusedMultiplyAdd(a0, x1, s01);
            var a1 = Vector256.Create(a[1]);
            s10 = Vector256.FusedMultiplyAdd(a1, x0, s10);
            s11 = Vector256.FusedMultiplyAdd(a1, x1, s11);
            var a2 = Vector256.Create(a[2]);
            s20 = Vector256.FusedMultiplyAdd(a2, x0, s20);
            s21 = Vector256.FusedMultiplyAdd(a2, x1, s21);
            var a3 = Vector256.Create(a[3]);
            s30 = Vector256.FusedMultiplyAdd(a3, x0, s30);
            s31 = Vector256.FusedMultiplyAdd(a3, x1, s31);
            var a4 = Vector256.Create(a[4]);
            s40 = Vector256.FusedMultiplyAdd(a4, x0, s40);
            s41 = Vector256.FusedMultiplyAdd(a4, x1, s41);
            var a5 = Vector256.Create(a[5]);
            s50 = Vector256.FusedMultiplyAdd(a5, x0, s50);
            s51 = Vector256.FusedMultiplyAdd(a5, x1, s51);
            a += Columns;
            b += Columns;
        }

        Add(sums, s00);
        Add(sums + Lanes, s01);
        Add(sums + Columns, s10);
        Add(sums + Columns + Lanes, s11);
        Add(sums + 2 * Columns, s20);
        Add(sums + 2 * Columns + Lanes, s21);
        Add(sums + 3 * Columns, s30);
        Add(sums + 3 * Columns + Lanes, s31);
        Add(sums + 4 * Columns, s40);
        Add(sums + 4 * Columns + Lanes, s41);
        Add(sums + 5 * Columns, s50);
        Add(sums + 5 * Columns + Lanes, s51);
    }

    /// <summary>Adds the products of four columns with sixteen.</summary>
    [MethodImpl(FusedRows.Hot)]
    private static void FourByTwo(float* a, float* b, int rows, double* sums)
    {
        Vector256<float> s00 = default, s01 = default;
        Vector256<float> s10 = default, s11 = default;
        Vector256<float> s20 = default, s21 = default;
        Vector256<float> s30 = default, s31 = default;
        for (int k = 0; k < rows; k++)
        {
            Vector256<float> x0 = Vector256.Load(b), x1 = Vector256.Load(b + Lanes);
            var a0 = Vector256.Create(a[0]);
            s00 = Vector256.FusedMultiplyAdd(a0, x0, s00);
            s01 = Vector256.FusedMultiplyAdd(a0, x1, s01);
            var a1 = Vector256.Create(a[1]);
            s10 = Vector256.FusedMultiplyAdd(a1, x0, s10);
            s11 = Vector256.FusedMultiplyAdd(a1, x1, s11);
            var a2 = Vector256.Create(a[2]);
            s20 = Vector256.FusedMultiplyAdd(a2, x0, s20);
            s21 = Vector256.FusedMultiplyAdd(a2, x1, s21);
            var a3 = Vector256.Create(a[3]);
            s30 = Vector256.FusedMultiplyAdd(a3, x0, s30);
            s31 = Vector256.FusedMultiplyAdd(a3, x1, s31);
            a += Columns;
            b += Columns;
        }

        Add(sums, s00);
        Add(sums + Lanes, s01);
        Add(sums + Columns, s10);
        Add(sums + Columns + Lanes, s11);
        Add(sums + 2 * Columns, s20);
        Add(sums + 2 * Columns + Lanes, s21);
        Add(sums + 3 * Columns, s30);
        Add(sums + 3 * Columns + Lanes, s31);
    }

    /// <summary>Adds the products of eight columns with eight.</summary>
    [MethodImpl(FusedRows.Hot)]
    private static void EightByOne(float* a, float* b, int rows, double* sums)
    {
        Vector256<float> s00 = default;
        Vector256<float> s10 = default;
        Vector256<float> s20 = default;
        Vector256<float> s30 = default;
        Vector256<float> s40 = default;
        Vector256<float> s50 = default;
        Vector256<float> s60 = default;
        Vector256<float> s70 = default;
        for (int k = 0; k < rows; k++)
        {
            Vector256<float> x0 = Vector256.Load(b);
            var a0 = Vector256.Create(a[0]);
            s00 = Vector256.FusedMultiplyAdd(a0, x0, s00);
            var a1 = Vector256.Create(a[1]);
            s10 = Vector256.FusedMultiplyAdd(a1, x0, s10);
            var a2 = Vector256.Create(a[2]);
            s20 = Vector256.FusedMultiplyAdd(a2, x0, s20);
            var a3 = Vector256.Create(a[3]);
            s30 = Vector256.FusedMultiplyAdd(a3, x0, s30);
            var a4 = Vector256.Create(a[4]);
            s40 = Vector256.FusedMultiplyAdd(a4, x0, s40);
            var a5 = Vector256.Create(a[5]);
            s50 = Vector256.FusedMultiplyAdd(a5, x0, s50);
            var a6 = Vector256.Create(a[6]);
            s60 = Vector256.FusedMultiplyAdd(a6, x0, s60);
            var a7 = Vector256.Create(a[7]);
            s70 = Vector256.FusedMultiplyAdd(a7, x0, s70);
            a += Columns;
            b += Columns;
        }

        Add(sums, s00);
        Add(sums + Columns, s10);
        Add(sums + 2 * Columns, s20);
        Add(sums + 3 * Columns, s30);
        Add(sums + 4 * Columns, s40);
        Add(sums + 5 * Columns, s50);
        Add(sums + 6 * Columns, s60);
        Add(sums + 7 * Columns, s70);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Add(double* sums, Vector256<float> values)
    {
        var (low, high) = Vector256.Widen(values);
        (Vector256.Load(sums) + low).Store(sums);
        (Vector256.Load(sums + 4) + high).Store(sums + 4);
    }
}
