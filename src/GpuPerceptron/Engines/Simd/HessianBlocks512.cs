using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using GpuPerceptron.Engines.Host;

namespace GpuPerceptron.Engines.Simd;

/// <summary>The Hessian's blocks on the diagonal, for a pair of panels a and b = a + 1, in registers of sixteen lanes.</summary>
/// <remarks>
/// Of the 32 × 32 entries only the lower triangle counts. Of the three 16 × 16 blocks (a, a), (b, a), (b, b), each
/// row one register of sums, the first eight rows of (a, a) and of (b, b) need half a register each, of which Zen 4 adds two
/// in the time of one whole. So there a row takes the time of 40 additions instead of 48, and less where b has fewer columns.
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
        Counts.Run(columns, new Cross(a, b, rows, ba, bb, furtherAhead));
    }

    /// <summary>All of (a, a), and of (b, b) the first eight rows and columns.</summary>
    [MethodImpl(FusedRows.Hot)]
    private static void AddOwn(float* a, float* b, int rows, double* aa, double* bb, byte* ahead)
    {
        Vector512<float> s8 = default, s9 = default, s10 = default, s11 = default, s12 = default, s13 = default, s14 = default, s15 = default;
        Vector256<float> t0 = default, t1 = default, t2 = default, t3 = default, t4 = default, t5 = default, t6 = default, t7 = default;
        Vector256<float> u0 = default, u1 = default, u2 = default, u3 = default, u4 = default, u5 = default, u6 = default, u7 = default;
        for (int k = 0; k < rows; k++)
        {
            Sse.Prefetch0(ahead);
            var x = Vector512.Load(a);
            var halfX = x.GetLower();
            var halfY = Vector256.Load(b);
            s8 = Vector512.FusedMultiplyAdd(Vector512.Create(a[8]), x, s8);
            t0 = Vector256.FusedMultiplyAdd(Vector256.Create(a[0]), halfX, t0);
            u0 = Vector256.FusedMultiplyAdd(Vector256.Create(b[0]), halfY, u0);
            s9 = Vector512.FusedMultiplyAdd(Vector512.Create(a[9]), x, s9);
            t1 = Vector256.FusedMultiplyAdd(Vector256.Create(a[1]), halfX, t1);
            u1 = Vector256.FusedMultiplyAdd(Vector256.Create(b[1]), halfY, u1);
            s10 = Vector512.FusedMultiplyAdd(Vector512.Create(a[10]), x, s10);
            t2 = Vector256.FusedMultiplyAdd(Vector256.Create(a[2]), halfX, t2);
            u2 = Vector256.FusedMultiplyAdd(Vector256.Create(b[2]), halfY, u2);
            s11 = Vector512.FusedMultiplyAdd(Vector512.Create(a[11]), x, s11);
            t3 = Vector256.FusedMultiplyAdd(Vector256.Create(a[3]), halfX, t3);
            u3 = Vector256.FusedMultiplyAdd(Vector256.Create(b[3]), halfY, u3);
            s12 = Vector512.FusedMultiplyAdd(Vector512.Create(a[12]), x, s12);
            t4 = Vector256.FusedMultiplyAdd(Vector256.Create(a[4]), halfX, t4);
            u4 = Vector256.FusedMultiplyAdd(Vector256.Create(b[4]), halfY, u4);
            s13 = Vector512.FusedMultiplyAdd(Vector512.Create(a[13]), x, s13);
            t5 = Vector256.FusedMultiplyAdd(Vector256.Create(a[5]), halfX, t5);
            u5 = Vector256.FusedMultiplyAdd(Vector256.Create(b[5]), halfY, u5);
            s14 = Vector512.FusedMultiplyAdd(Vector512.Create(a[14]), x, s14);
            t6 = Vector256.FusedMultiplyAdd(Vector256.Create(a[6]), halfX, t6);
            u6 = Vector256.FusedMultiplyAdd(Vector256.Create(b[6]), halfY, u6);
            s15 = Vector512.FusedMultiplyAdd(Vector512.Create(a[15]), x, s15);
            t7 = Vector256.FusedMultiplyAdd(Vector256.Create(a[7]), halfX, t7);
            u7 = Vector256.FusedMultiplyAdd(Vector256.Create(b[7]), halfY, u7);
            a += Columns;
            b += Columns;
            ahead += 64;
        }

        Simd512.AddTo(aa + 8 * Columns, new(s8));
        Simd512.AddTo(aa + 9 * Columns, new(s9));
        Simd512.AddTo(aa + 10 * Columns, new(s10));
        Simd512.AddTo(aa + 11 * Columns, new(s11));
        Simd512.AddTo(aa + 12 * Columns, new(s12));
        Simd512.AddTo(aa + 13 * Columns, new(s13));
        Simd512.AddTo(aa + 14 * Columns, new(s14));
        Simd512.AddTo(aa + 15 * Columns, new(s15));
        Simd512.AddHalfTo(aa + 0 * Columns, t0);
        Simd512.AddHalfTo(aa + 1 * Columns, t1);
        Simd512.AddHalfTo(aa + 2 * Columns, t2);
        Simd512.AddHalfTo(aa + 3 * Columns, t3);
        Simd512.AddHalfTo(aa + 4 * Columns, t4);
        Simd512.AddHalfTo(aa + 5 * Columns, t5);
        Simd512.AddHalfTo(aa + 6 * Columns, t6);
        Simd512.AddHalfTo(aa + 7 * Columns, t7);
        Simd512.AddHalfTo(bb + 0 * Columns, u0);
        Simd512.AddHalfTo(bb + 1 * Columns, u1);
        Simd512.AddHalfTo(bb + 2 * Columns, u2);
        Simd512.AddHalfTo(bb + 3 * Columns, u3);
        Simd512.AddHalfTo(bb + 4 * Columns, u4);
        Simd512.AddHalfTo(bb + 5 * Columns, u5);
        Simd512.AddHalfTo(bb + 6 * Columns, u6);
        Simd512.AddHalfTo(bb + 7 * Columns, u7);
    }

    /// <summary>(b, a), and the rest of (b, b).</summary>
    [MethodImpl(FusedRows.Hot)]
    private static void AddCross<TRows>(float* a, float* b, int rows, double* ba, double* bb, byte* ahead)
        where TRows : struct, ICount
    {
        Vector512<float> s0 = default, s1 = default, s2 = default, s3 = default, s4 = default, s5 = default, s6 = default, s7 = default;
        Vector512<float> s8 = default, s9 = default, s10 = default, s11 = default, s12 = default, s13 = default, s14 = default, s15 = default;
        Vector512<float> t8 = default, t9 = default, t10 = default, t11 = default, t12 = default, t13 = default, t14 = default, t15 = default;
        for (int k = 0; k < rows; k++)
        {
            Sse.Prefetch0(ahead);
            var x = Vector512.Load(a);
            var y = Vector512.Load(b);
            if (TRows.Value > 0) s0 = Vector512.FusedMultiplyAdd(Vector512.Create(b[0]), x, s0);
            if (TRows.Value > 1) s1 = Vector512.FusedMultiplyAdd(Vector512.Create(b[1]), x, s1);
            if (TRows.Value > 2) s2 = Vector512.FusedMultiplyAdd(Vector512.Create(b[2]), x, s2);
            if (TRows.Value > 3) s3 = Vector512.FusedMultiplyAdd(Vector512.Create(b[3]), x, s3);
            if (TRows.Value > 4) s4 = Vector512.FusedMultiplyAdd(Vector512.Create(b[4]), x, s4);
            if (TRows.Value > 5) s5 = Vector512.FusedMultiplyAdd(Vector512.Create(b[5]), x, s5);
            if (TRows.Value > 6) s6 = Vector512.FusedMultiplyAdd(Vector512.Create(b[6]), x, s6);
            if (TRows.Value > 7) s7 = Vector512.FusedMultiplyAdd(Vector512.Create(b[7]), x, s7);
            if (TRows.Value > 8)
            {
                var b8 = Vector512.Create(b[8]);
                s8 = Vector512.FusedMultiplyAdd(b8, x, s8);
                t8 = Vector512.FusedMultiplyAdd(b8, y, t8);
            }

            if (TRows.Value > 9)
            {
                var b9 = Vector512.Create(b[9]);
                s9 = Vector512.FusedMultiplyAdd(b9, x, s9);
                t9 = Vector512.FusedMultiplyAdd(b9, y, t9);
            }

            if (TRows.Value > 10)
            {
                var b10 = Vector512.Create(b[10]);
                s10 = Vector512.FusedMultiplyAdd(b10, x, s10);
                t10 = Vector512.FusedMultiplyAdd(b10, y, t10);
            }

            if (TRows.Value > 11)
            {
                var b11 = Vector512.Create(b[11]);
                s11 = Vector512.FusedMultiplyAdd(b11, x, s11);
                t11 = Vector512.FusedMultiplyAdd(b11, y, t11);
            }

            if (TRows.Value > 12)
            {
                var b12 = Vector512.Create(b[12]);
                s12 = Vector512.FusedMultiplyAdd(b12, x, s12);
                t12 = Vector512.FusedMultiplyAdd(b12, y, t12);
            }

            if (TRows.Value > 13)
            {
                var b13 = Vector512.Create(b[13]);
                s13 = Vector512.FusedMultiplyAdd(b13, x, s13);
                t13 = Vector512.FusedMultiplyAdd(b13, y, t13);
            }

            if (TRows.Value > 14)
            {
                var b14 = Vector512.Create(b[14]);
                s14 = Vector512.FusedMultiplyAdd(b14, x, s14);
                t14 = Vector512.FusedMultiplyAdd(b14, y, t14);
            }

            if (TRows.Value > 15)
            {
                var b15 = Vector512.Create(b[15]);
                s15 = Vector512.FusedMultiplyAdd(b15, x, s15);
                t15 = Vector512.FusedMultiplyAdd(b15, y, t15);
            }

            a += Columns;
            b += Columns;
            ahead += 64;
        }

        if (TRows.Value > 0) Simd512.AddTo(ba + 0 * Columns, new(s0));
        if (TRows.Value > 1) Simd512.AddTo(ba + 1 * Columns, new(s1));
        if (TRows.Value > 2) Simd512.AddTo(ba + 2 * Columns, new(s2));
        if (TRows.Value > 3) Simd512.AddTo(ba + 3 * Columns, new(s3));
        if (TRows.Value > 4) Simd512.AddTo(ba + 4 * Columns, new(s4));
        if (TRows.Value > 5) Simd512.AddTo(ba + 5 * Columns, new(s5));
        if (TRows.Value > 6) Simd512.AddTo(ba + 6 * Columns, new(s6));
        if (TRows.Value > 7) Simd512.AddTo(ba + 7 * Columns, new(s7));
        if (TRows.Value > 8)
        {
            Simd512.AddTo(ba + 8 * Columns, new(s8));
            Simd512.AddTo(bb + 8 * Columns, new(t8));
        }

        if (TRows.Value > 9)
        {
            Simd512.AddTo(ba + 9 * Columns, new(s9));
            Simd512.AddTo(bb + 9 * Columns, new(t9));
        }

        if (TRows.Value > 10)
        {
            Simd512.AddTo(ba + 10 * Columns, new(s10));
            Simd512.AddTo(bb + 10 * Columns, new(t10));
        }

        if (TRows.Value > 11)
        {
            Simd512.AddTo(ba + 11 * Columns, new(s11));
            Simd512.AddTo(bb + 11 * Columns, new(t11));
        }

        if (TRows.Value > 12)
        {
            Simd512.AddTo(ba + 12 * Columns, new(s12));
            Simd512.AddTo(bb + 12 * Columns, new(t12));
        }

        if (TRows.Value > 13)
        {
            Simd512.AddTo(ba + 13 * Columns, new(s13));
            Simd512.AddTo(bb + 13 * Columns, new(t13));
        }

        if (TRows.Value > 14)
        {
            Simd512.AddTo(ba + 14 * Columns, new(s14));
            Simd512.AddTo(bb + 14 * Columns, new(t14));
        }

        if (TRows.Value > 15)
        {
            Simd512.AddTo(ba + 15 * Columns, new(s15));
            Simd512.AddTo(bb + 15 * Columns, new(t15));
        }
    }

    private readonly struct Cross(float* a, float* b, int rows, double* ba, double* bb, byte* ahead) : ICounted
    {
        private readonly float* _a = a;
        private readonly float* _b = b;
        private readonly int _rows = rows;
        private readonly double* _ba = ba;
        private readonly double* _bb = bb;
        private readonly byte* _ahead = ahead;

        public void Run<TRows>()
            where TRows : struct, ICount => AddCross<TRows>(_a, _b, _rows, _ba, _bb, _ahead);
    }
}
