using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace GpuPerceptron.Engines.Host;

/// <summary>Eight rows; past a tile's last, the last one again.</summary>
internal readonly unsafe struct EightRows<TValue>
    where TValue : unmanaged
{
    public readonly TValue* Row0, Row1, Row2, Row3, Row4, Row5, Row6, Row7;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public EightRows(TValue* x, int rows, int stride)
    {
        Row0 = x;
        Row1 = x + stride;
        Row2 = Row1 + stride;
        Row3 = Row2 + stride;
        Row4 = Row3 + stride;
        Row5 = Row4 + stride;
        Row6 = Row5 + stride;
        Row7 = Row6 + stride;
        if (rows >= FusedRows.Group) return;
        Row1 = rows > 1 ? Row1 : x;
        Row2 = rows > 2 ? Row2 : Row1;
        Row3 = rows > 3 ? Row3 : Row2;
        Row4 = rows > 4 ? Row4 : Row3;
        Row5 = rows > 5 ? Row5 : Row4;
        Row6 = rows > 6 ? Row6 : Row5;
        Row7 = Row6;
    }
}

/// <summary>What eight rows' logits have in common, however their values are kept.</summary>
internal static unsafe class EightRows
{
    /// <summary>Stores the logits, or adds them to those of the rows' earlier parts.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector128<float> low, Vector128<float> high, bool add, float* logits)
    {
        if (add)
        {
            low += Vector128.Load(logits);
            high += Vector128.Load(logits + 4);
        }

        low.Store(logits);
        high.Store(logits + 4);
    }
}
