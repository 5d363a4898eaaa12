using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using GpuPerceptron.Engines.Host;

namespace GpuPerceptron.Engines.Simd;

/// <summary>The Hessian's blocks on the diagonal, for a pair of panels a and b = a + 1, in registers of sixteen lanes.</summary>
/// <remarks>
/// Of the 32 × 32 entries only the lower triangle counts. Of the three 16 × 16 blocks (a, a), (b, a), (b, b), each
/// row one register of sums, the first eight rows of (a, a) and of (b, b) need half a register each: they share one. So
/// there are 40 registers of sums instead of 48, and fewer where b has fewer columns.
/// </remarks>
internal static unsafe class HessianBlocks512
{
    private const int Columns = 16;

    /// <summary>Adds the products of a tile's rows.</summary>
    /// <param name="a">The first panel.</param>
    /// <param name="b">The second.</param>
    /// <param name="rows">Rows of the tile.</param>
    /// <param name="columns">Columns of b that count, from 1 to 16.</param>
    /// <param name="aa">Sums of (a, a).</param>
    /// <param name="ba">Sums of (b, a).</param>
    /// <param name="bb">Sums of (b, b).</param>
    /// <param name="ahead">A line a row, to be asked for from memory meanwhile.</param>
    /// <param name="furtherAhead">As many again.</param>
    public static void AddDiagonalPair(
        float* a, float* b, int rows, int columns, double* aa, double* ba, double* bb, byte* ahead, byte* furtherAhead)
    {
        AddOwn(a, b, rows, aa, bb, ahead);
        switch (columns)
        {
            case 1: AddCross<One>(a, b, rows, ba, bb, furtherAhead); break;
            case 2: AddCross<Two>(a, b, rows, ba, bb, furtherAhead); break;
            case 3: AddCross<Three>(a, b, rows, ba, bb, furtherAhead); break;
            case 4: AddCross<Four>(a, b, rows, ba, bb, furtherAhead); break;
            case 5: AddCross<Five>(a, b, rows, ba, bb, furtherAhead); break;
            case 6: AddCross<Six>(a, b, rows, ba, bb, furtherAhead); break;
            case 7: AddCross<Seven>(a, b, rows, ba, bb, furtherAhead); break;
            case 8: AddCross<Eight>(a, b, rows, ba, bb, furtherAhead); break;
            case 9: AddCross<Nine>(a, b, rows, ba, bb, furtherAhead); break;
            case 10: AddCross<Ten>(a, b, rows, ba, bb, furtherAhead); break;
            case 11: AddCross<Eleven>(a, b, rows, ba, bb, furtherAhead); break;
            case 12: AddCross<Twelve>(a, b, rows, ba, bb, furtherAhead); break;
            case 13: AddCross<Thirteen>(a, b, rows, ba, bb, furtherAhead); break;
            case 14: AddCross<Fourteen>(a, b, rows, ba, bb, furtherAhead); break;
            case 15: AddCross<Fifteen>(a, b, rows, ba, bb, furtherAhead); break;
            default: AddCross<Sixteen>(a, b, rows, ba, bb, furtherAhead); break;
        }
    }

    /// <summary>All of (a, a), and of (b, b) the first eight rows and columns.</summary>
    [MethodImpl(FusedRows.Hot)]
    private static void AddOwn(float* a, float* b, int rows, double* aa, double* bb, byte* ahead)
    {
        Vector512<float> s0 = default, t0 = default;
        Vector512<float> s1 = default, t1 = default;
        Vector512<float> s2 = default, t2 = default;
        Vector512<float> s3 = default, t3 = default;
        Vector512<float> s4 = default, t4 = default;
        Vector512<float> s5 = default, t5 = default;
        Vector512<float> s6 = default, t6 = default;
        Vector512<float> s7 = default, t7 = default;

        // Value i of the lower half in all lanes there, and of the upper half in all lanes there.
        var first = Vector512.Create(0, 0, 0, 0, 0, 0, 0, 0, 8, 8, 8, 8, 8, 8, 8, 8);
        var i0 = first;
        var i1 = first + Vector512.Create(1);
        var i2 = first + Vector512.Create(2);
        var i3 = first + Vector512.Create(3);
        var i4 = first + Vector512.Create(4);
        var i5 = first + Vector512.Create(5);
        var i6 = first + Vector512.Create(6);
        var i7 = first + Vector512.Create(7);
        for (int k = 0; k < rows; k++)
        {
            Sse.Prefetch0(ahead);
            var x = Vector512.Load(a);
            var halves = Vector512.Create(x.GetLower(), Vector256.Load(b));
            s0 = Vector512.FusedMultiplyAdd(Vector512.Create(a[8]), x, s0);
            t0 = Vector512.FusedMultiplyAdd(Avx512F.PermuteVar16x32(halves, i0), halves, t0);
            s1 = Vector512.FusedMultiplyAdd(Vector512.Create(a[9]), x, s1);
            t1 = Vector512.FusedMultiplyAdd(Avx512F.PermuteVar16x32(halves, i1), halves, t1);
            s2 = Vector512.FusedMultiplyAdd(Vector512.Create(a[10]), x, s2);
            t2 = Vector512.FusedMultiplyAdd(Avx512F.PermuteVar16x32(halves, i2), halves, t2);
            s3 = Vector512.FusedMultiplyAdd(Vector512.Create(a[11]), x, s3);
            t3 = Vector512.FusedMultiplyAdd(Avx512F.PermuteVar16x32(halves, i3), halves, t3);
            s4 = Vector512.FusedMultiplyAdd(Vector512.Create(a[12]), x, s4);
            t4 = Vector512.FusedMultiplyAdd(Avx512F.PermuteVar16x32(halves, i4), halves, t4);
            s5 = Vector512.FusedMultiplyAdd(Vector512.Create(a[13]), x, s5);
            t5 = Vector512.FusedMultiplyAdd(Avx512F.PermuteVar16x32(halves, i5), halves, t5);
            s6 = Vector512.FusedMultiplyAdd(Vector512.Create(a[14]), x, s6);
            t6 = Vector512.FusedMultiplyAdd(Avx512F.PermuteVar16x32(halves, i6), halves, t6);
            s7 = Vector512.FusedMultiplyAdd(Vector512.Create(a[15]), x, s7);
            t7 = Vector512.FusedMultiplyAdd(Avx512F.PermuteVar16x32(halves, i7), halves, t7);
            a += Columns;
            b += Columns;
            ahead += 64;
        }

        Simd512.AddTo(aa + 8 * Columns, new(s0));
        Simd512.AddTo(aa + 9 * Columns, new(s1));
        Simd512.AddTo(aa + 10 * Columns, new(s2));
        Simd512.AddTo(aa + 11 * Columns, new(s3));
        Simd512.AddTo(aa + 12 * Columns, new(s4));
        Simd512.AddTo(aa + 13 * Columns, new(s5));
        Simd512.AddTo(aa + 14 * Columns, new(s6));
        Simd512.AddTo(aa + 15 * Columns, new(s7));
        AddHalves(aa, bb, t0);
        AddHalves(aa + Columns, bb + Columns, t1);
        AddHalves(aa + 2 * Columns, bb + 2 * Columns, t2);
        AddHalves(aa + 3 * Columns, bb + 3 * Columns, t3);
        AddHalves(aa + 4 * Columns, bb + 4 * Columns, t4);
        AddHalves(aa + 5 * Columns, bb + 5 * Columns, t5);
        AddHalves(aa + 6 * Columns, bb + 6 * Columns, t6);
        AddHalves(aa + 7 * Columns, bb + 7 * Columns, t7);
    }

    /// <summary>(b, a), and the rest of (b, b).</summary>
    [MethodImpl(FusedRows.Hot)]
    private static void AddCross<TRows>(float* a, float* b, int rows, double* ba, double* bb, byte* ahead)
        where TRows : struct, IRowCount
    {
        Vector512<float> s0 = default, s1 = default, s2 = default, s3 = default, s4 = default, s5 = default, s6 = default, s7 = default;
        Vector512<float> s8 = default, s9 = default, s10 = default, s11 = default, s12 = default, s13 = default, s14 = default, s15 = default;
        Vector512<float> t8 = default, t9 = default, t10 = default, t11 = default, t12 = default, t13 = default, t14 = default, t15 = default;
        for (int k = 0; k < rows; k++)
        {
            Sse.Prefetch0(ahead);
            var x = Vector512.Load(a);
            var y = Vector512.Load(b);
            if (TRows.Count > 0) s0 = Vector512.FusedMultiplyAdd(Vector512.Create(b[0]), x, s0);
            if (TRows.Count > 1) s1 = Vector512.FusedMultiplyAdd(Vector512.Create(b[1]), x, s1);
            if (TRows.Count > 2) s2 = Vector512.FusedMultiplyAdd(Vector512.Create(b[2]), x, s2);
            if (TRows.Count > 3) s3 = Vector512.FusedMultiplyAdd(Vector512.Create(b[3]), x, s3);
            if (TRows.Count > 4) s4 = Vector512.FusedMultiplyAdd(Vector512.Create(b[4]), x, s4);
            if (TRows.Count > 5) s5 = Vector512.FusedMultiplyAdd(Vector512.Create(b[5]), x, s5);
            if (TRows.Count > 6) s6 = Vector512.FusedMultiplyAdd(Vector512.Create(b[6]), x, s6);
            if (TRows.Count > 7) s7 = Vector512.FusedMultiplyAdd(Vector512.Create(b[7]), x, s7);
            if (TRows.Count > 8)
            {
                var b8 = Vector512.Create(b[8]);
                s8 = Vector512.FusedMultiplyAdd(b8, x, s8);
                t8 = Vector512.FusedMultiplyAdd(b8, y, t8);
            }

            if (TRows.Count > 9)
            {
                var b9 = Vector512.Create(b[9]);
                s9 = Vector512.FusedMultiplyAdd(b9, x, s9);
                t9 = Vector512.FusedMultiplyAdd(b9, y, t9);
            }

            if (TRows.Count > 10)
            {
                var b10 = Vector512.Create(b[10]);
                s10 = Vector512.FusedMultiplyAdd(b10, x, s10);
                t10 = Vector512.FusedMultiplyAdd(b10, y, t10);
            }

            if (TRows.Count > 11)
            {
                var b11 = Vector512.Create(b[11]);
                s11 = Vector512.FusedMultiplyAdd(b11, x, s11);
                t11 = Vector512.FusedMultiplyAdd(b11, y, t11);
            }

            if (TRows.Count > 12)
            {
                var b12 = Vector512.Create(b[12]);
                s12 = Vector512.FusedMultiplyAdd(b12, x, s12);
                t12 = Vector512.FusedMultiplyAdd(b12, y, t12);
            }

            if (TRows.Count > 13)
            {
                var b13 = Vector512.Create(b[13]);
                s13 = Vector512.FusedMultiplyAdd(b13, x, s13);
                t13 = Vector512.FusedMultiplyAdd(b13, y, t13);
            }

            if (TRows.Count > 14)
            {
                var b14 = Vector512.Create(b[14]);
                s14 = Vector512.FusedMultiplyAdd(b14, x, s14);
                t14 = Vector512.FusedMultiplyAdd(b14, y, t14);
            }

            if (TRows.Count > 15)
            {
                var b15 = Vector512.Create(b[15]);
                s15 = Vector512.FusedMultiplyAdd(b15, x, s15);
                t15 = Vector512.FusedMultiplyAdd(b15, y, t15);
            }

            a += Columns;
            b += Columns;
            ahead += 64;
        }

        if (TRows.Count > 0) Simd512.AddTo(ba + 0 * Columns, new(s0));
        if (TRows.Count > 1) Simd512.AddTo(ba + 1 * Columns, new(s1));
        if (TRows.Count > 2) Simd512.AddTo(ba + 2 * Columns, new(s2));
        if (TRows.Count > 3) Simd512.AddTo(ba + 3 * Columns, new(s3));
        if (TRows.Count > 4) Simd512.AddTo(ba + 4 * Columns, new(s4));
        if (TRows.Count > 5) Simd512.AddTo(ba + 5 * Columns, new(s5));
        if (TRows.Count > 6) Simd512.AddTo(ba + 6 * Columns, new(s6));
        if (TRows.Count > 7) Simd512.AddTo(ba + 7 * Columns, new(s7));
        if (TRows.Count > 8)
        {
            Simd512.AddTo(ba + 8 * Columns, new(s8));
            Simd512.AddTo(bb + 8 * Columns, new(t8));
        }

        if (TRows.Count > 9)
        {
            Simd512.AddTo(ba + 9 * Columns, new(s9));
            Simd512.AddTo(bb + 9 * Columns, new(t9));
        }

        if (TRows.Count > 10)
        {
            Simd512.AddTo(ba + 10 * Columns, new(s10));
            Simd512.AddTo(bb + 10 * Columns, new(t10));
        }

        if (TRows.Count > 11)
        {
            Simd512.AddTo(ba + 11 * Columns, new(s11));
            Simd512.AddTo(bb + 11 * Columns, new(t11));
        }

        if (TRows.Count > 12)
        {
            Simd512.AddTo(ba + 12 * Columns, new(s12));
            Simd512.AddTo(bb + 12 * Columns, new(t12));
        }

        if (TRows.Count > 13)
        {
            Simd512.AddTo(ba + 13 * Columns, new(s13));
            Simd512.AddTo(bb + 13 * Columns, new(t13));
        }

        if (TRows.Count > 14)
        {
            Simd512.AddTo(ba + 14 * Columns, new(s14));
            Simd512.AddTo(bb + 14 * Columns, new(t14));
        }

        if (TRows.Count > 15)
        {
            Simd512.AddTo(ba + 15 * Columns, new(s15));
            Simd512.AddTo(bb + 15 * Columns, new(t15));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddHalves(double* lower, double* upper, Vector512<float> sums)
    {
        (Vector512.Load(lower) + Avx512F.ConvertToVector512Double(sums.GetLower())).Store(lower);
        (Vector512.Load(upper) + Avx512F.ConvertToVector512Double(sums.GetUpper())).Store(upper);
    }

    /// <summary>Columns of b that are computed, a constant of the code that is compiled for it.</summary>
    private interface IRowCount
    {
        static abstract int Count { get; }
    }

    private readonly struct One : IRowCount
    {
        public static int Count => 1;
    }

    private readonly struct Two : IRowCount
    {
        public static int Count => 2;
    }

    private readonly struct Three : IRowCount
    {
        public static int Count => 3;
    }

    private readonly struct Four : IRowCount
    {
        public static int Count => 4;
    }

    private readonly struct Five : IRowCount
    {
        public static int Count => 5;
    }

    private readonly struct Six : IRowCount
    {
        public static int Count => 6;
    }

    private readonly struct Seven : IRowCount
    {
        public static int Count => 7;
    }

    private readonly struct Eight : IRowCount
    {
        public static int Count => 8;
    }

    private readonly struct Nine : IRowCount
    {
        public static int Count => 9;
    }

    private readonly struct Ten : IRowCount
    {
        public static int Count => 10;
    }

    private readonly struct Eleven : IRowCount
    {
        public static int Count => 11;
    }

    private readonly struct Twelve : IRowCount
    {
        public static int Count => 12;
    }

    private readonly struct Thirteen : IRowCount
    {
        public static int Count => 13;
    }

    private readonly struct Fourteen : IRowCount
    {
        public static int Count => 14;
    }

    private readonly struct Fifteen : IRowCount
    {
        public static int Count => 15;
    }

    private readonly struct Sixteen : IRowCount
    {
        public static int Count => 16;
    }
}
