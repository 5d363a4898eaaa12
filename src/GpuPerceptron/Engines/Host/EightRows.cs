using System.Runtime.CompilerServices;

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
